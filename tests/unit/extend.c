/* hinge_host.extend: sequences of a plugin that grow, and calls that are wrong. */
#include "tests/unit/running.h"

#define PLUGIN TEST_PLUGINS "/extends.so"

struct attribute {
    const char *name;
    int64_t value;
};

/* x, twice in a sequence s of the model's own, and y = Extend(inputs). */
static void begin(struct model *model, const char *inputs, const struct attribute *attributes)
{
    model_input(model, "x", HINGE_FLOAT, 0, NULL);
    model_node(model, "", "SequenceConstruct", "x x", "s");
    model_node(model, DOMAIN, "Extend", inputs, "y");
    for (; attributes->name; attributes++)
        model_attribute_int(model, attributes->name, attributes->value);
    model_output(model, "y", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
}

static void check_sequence(const hinge_tensor *y, int64_t n, float x)
{
    CU_ASSERT_EQUAL_FATAL(y->dims[0], n);
    for (int64_t i = 0; i < n; i++)
        CU_ASSERT_EQUAL(*(const float *)((const hinge_tensor *)y->data)[i].data, x);
}

/* More than there is room for at first, as an input of the node once or twice. */
static void grows(void)
{
    static const char *const inputs[] = {"s", "s s"};
    for (int64_t more = 0; more <= 64; more = more ? 2 * more : 1)
        for (int i = 0; i < 2; i++) {
            struct running r = {.model = model_create(), .plugins = {PLUGIN}};
            begin(r.model, inputs[i],
                  (const struct attribute[]){{"more", more}, {"filled", more}, {NULL, 0}});
            running_open(&r);
            float x = 3;
            hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 0, NULL, &x), y;
            CU_ASSERT_EQUAL_FATAL(running_run(&r, &input, 1, &y, 1), HINGE_OK);
            check_sequence(&y, 2 + more, x);
            running_close(&r);
        }
}

#define Y "node \"y\" (test.plugins::Extend): "

static void mistakes(void)
{
    static const struct {
        const char *inputs;
        struct attribute attributes[3];
        const char *words;
    } cases[] = {
        {"s", {{"more", -1}}, Y "extends input 0, which is no sequence of at most 1 elements"},
        {"s", {{"input", 1}}, Y "extends input 1, which is no sequence"},
        {"s - x", {{"input", 1}}, Y "extends input 1, which is no sequence"},
        {"s - x", {{"input", 2}}, Y "extends input 2, which is no sequence"},
        {"s", {{"input", 1 << 20}}, Y "extends input 1048576, which is no sequence"},
        {"s", {{"output", 1}}, Y "makes a value that is no output"},
        {"s", {{"output", 1 << 20}}, Y "makes a value that is no output"},
        {"s", {{"more", 3}, {"filled", 2}}, Y "leaves element 4 of output 0 empty"},
        {"s", {{"more", 1}, {"times", 2}}, Y "leaves element 0 of output 0 empty"},
        {"s", {{"replaces", 1}}, Y "makes element 0 of output 0 int64, but it is float"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct running r = {.model = model_create(), .plugins = {PLUGIN}};
        begin(r.model, cases[i].inputs, cases[i].attributes);
        running_open(&r);
        for (int round = 0; round < 2; round++) {
            float x = 3;
            hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 0, NULL, &x), y;
            check_failure(&r.error, running_run(&r, &input, 1, &y, 1), HINGE_BAD_PLUGIN,
                          cases[i].words);
        }
        running_close(&r);
    }
    /* What a node behind it reads is copied, and may be extended again. */
    struct running r = {.model = model_create(), .plugins = {PLUGIN}};
    begin(r.model, "s",
          (const struct attribute[]){{"more", 1}, {"filled", 1}, {"times", 2}, {NULL, 0}});
    model_output(r.model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
    running_open(&r);
    float x = 3;
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 0, NULL, &x), y[2];
    CU_ASSERT_EQUAL_FATAL(running_run(&r, &input, 1, y, 2), HINGE_OK);
    check_sequence(&y[0], 3, x);
    check_sequence(&y[1], 2, x);
    running_close(&r);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"grows", grows}, {"mistakes", mistakes}, CU_TEST_INFO_NULL};
    return run_tests("extend", tests);
}
