#include "serve/metadata.h"

#include "files/json.h"
#include "serve/body/datatype.h"

#include <string.h>

static json_t *whole(json_t *value, bool good)
{
    if (good)
        return value;
    json_decref(value);
    return NULL;
}

json_t *metadata_server(void)
{
    json_t *root = json_object(), *extensions = json_array();
    bool good = true;
    json_add(extensions, json_string("binary_tensor_data"), &good);
    json_add(extensions, json_string("model_repository"), &good);
    json_put(root, "name", json_string("hinge"), &good);
    json_put(root, "version", json_string(hinge_version()), &good);
    json_put(root, "extensions", extensions, &good);
    return whole(root, good);
}

/* What is not known is -1; a tensor of whose shape nothing is known has [-1]. */
static json_t *shape(const hinge_tensor *info)
{
    json_t *dims = json_array();
    bool good = true;
    for (int32_t i = 0; i < info->rank; i++)
        json_add(dims, json_integer(info->dims[i]), &good);
    if (info->rank < 0)
        json_add(dims, json_integer(-1), &good);
    return whole(dims, good);
}

static json_t *tensor(const char *name, const hinge_tensor *info)
{
    char type[DATATYPE_TEXT];
    json_t *item = json_object();
    bool good = true;
    json_put(item, "name", json_text(name, strlen(name)), &good);
    json_put(item, "datatype", json_string(datatype_text(type, info->type)), &good);
    json_put(item, "shape", shape(info), &good);
    return whole(item, good);
}

json_t *metadata_model(const struct model *model, json_t *versions)
{
    const hinge_session *session = model->session;
    json_t *root = json_object(), *inputs = json_array(), *outputs = json_array();
    bool good = true;
    for (size_t i = 0; i < hinge_n_inputs(session); i++)
        json_add(inputs, tensor(hinge_input_name(session, i), hinge_input_info(session, i)), &good);
    for (size_t i = 0; i < hinge_n_outputs(session); i++)
        if (model_has_output(model, i))
            json_add(outputs, tensor(hinge_output_name(session, i), hinge_output_info(session, i)),
                     &good);
    json_put(root, "name", json_text(model->name, strlen(model->name)), &good);
    json_put(root, "versions", versions, &good);
    json_put(root, "platform", json_string("hinge_onnx"), &good);
    json_put(root, "inputs", inputs, &good);
    json_put(root, "outputs", outputs, &good);
    return whole(root, good);
}
