#include "describe/listing.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

const char *listing_domain(const char *domain)
{
    return *domain ? domain : "ai.onnx";
}

uint32_t listing_last_opset(const hinge_op_info *op, const hinge_plugin_info *plugin)
{
    return op->until ? op->until : plugin ? plugin->opset : 0;
}

const char *listing_opsets(char *text, uint32_t since, uint32_t last)
{
    if (last == since)
        snprintf(text, LISTING_OPSETS_SIZE, "%" PRIu32, since);
    else if (last)
        snprintf(text, LISTING_OPSETS_SIZE, "%" PRIu32 "-%" PRIu32, since, last);
    else
        snprintf(text, LISTING_OPSETS_SIZE, "%" PRIu32 "+", since);
    return text;
}

/* Signatures */

static bool is_same(struct listing_text a, struct listing_text b)
{
    return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

/* The variable of that name, made where there is none yet; NULL where there is no room. */
static struct listing_variable *find_variable(struct listing_types *types, struct listing_text name)
{
    for (size_t i = 0; i < types->n; i++)
        if (is_same(types->variables[i].name, name))
            return &types->variables[i];
    if (types->n == sizeof types->variables / sizeof *types->variables)
        return NULL;
    types->variables[types->n] = (struct listing_variable){.name = name};
    return &types->variables[types->n++];
}

static void add_type(struct listing_variable *variable, struct listing_text type)
{
    size_t at = 0;
    while (at < variable->n && !is_same(variable->types[at], type))
        at++;
    if (at == variable->n && at < sizeof variable->types / sizeof *variable->types)
        variable->types[variable->n++] = type;
}

/* Takes a word off the text: up to one of the characters in ends that is not within brackets. */
static struct listing_text take_word(const char **text, const char *ends)
{
    *text += strspn(*text, " ");
    struct listing_text word = {*text, 0};
    for (int depth = 0; **text && (depth > 0 || !strchr(ends, **text)); ++*text)
        depth += (**text == '(') - (**text == ')');
    word.size = (size_t)(*text - word.text);
    return word;
}

/* "T: float double", or "T@to: …". */
static void add_variable(struct listing_types *types, const char **text)
{
    struct listing_text name = take_word(text, "@:");
    struct listing_variable *variable = find_variable(types, name);
    *text += strcspn(*text, ":");
    *text += **text == ':';
    while (**text && **text != ';') {
        struct listing_text type = take_word(text, " ;");
        if (variable && type.size)
            add_type(variable, type);
    }
}

/* "(X: float, Y: int64) -> …" */
static void add_inputs(struct listing_types *types, const char *text)
{
    struct listing_variable *variable = find_variable(types, (struct listing_text){"", 0});
    text += *text == '(';
    while (*text && *text != ')') {
        text += strcspn(text, ":,)");
        if (*text == ':') {
            text++;
            struct listing_text type = take_word(&text, ",)");
            if (variable && type.size)
                add_type(variable, type);
        }
        text += *text == ',';
    }
}

void listing_add_types(struct listing_types *types, const hinge_op_info *op)
{
    const char *text = strchr(op->signature, ';');
    if (!text)
        add_inputs(types, op->signature);
    while (text && *text == ';') {
        text++;
        add_variable(types, &text);
    }
}

/* "seq(float int8 …)": a long list within brackets is cut. */
static void append_type(char *text, struct listing_text type)
{
    enum { N_WORDS = 2 };
    size_t end = 0, n_words = 0, open = 0, n_closing = 0;
    for (size_t i = 0; i < type.size; i++)
        open = type.text[i] == '(' ? i + 1 : open;
    while (n_closing < type.size && type.text[type.size - 1 - n_closing] == ')')
        n_closing++;
    for (size_t i = open; i < type.size - n_closing && open; i++)
        if (type.text[i] == ' ' && ++n_words == N_WORDS)
            end = i;
    if (n_words <= N_WORDS)
        text_append(text, LISTING_TYPES_SIZE, "%.*s", (int)type.size, type.text);
    else
        text_append(text, LISTING_TYPES_SIZE, "%.*s …%.*s", (int)end, type.text, (int)n_closing,
                    type.text + type.size - n_closing);
}

const char *listing_types(char *text, const struct listing_types *types)
{
    *text = '\0';
    for (size_t v = 0; v < types->n; v++) {
        const struct listing_variable *variable = &types->variables[v];
        text_append(text, LISTING_TYPES_SIZE, "%s", v ? "; " : "");
        if (types->n > 1 && variable->name.size)
            text_append(text, LISTING_TYPES_SIZE, "%.*s: ", (int)variable->name.size,
                        variable->name.text);
        for (size_t i = 0; i < variable->n; i++) {
            text_append(text, LISTING_TYPES_SIZE, "%s", i ? ", " : "");
            append_type(text, variable->types[i]);
        }
    }
    return text;
}

json_t *listing_types_json(const struct listing_types *types)
{
    bool good = true;
    json_t *array = json_array();
    for (size_t i = 0; types->n && i < types->variables[0].n; i++)
        json_add(array,
                 json_text(types->variables[0].types[i].text, types->variables[0].types[i].size),
                 &good);
    if (good)
        return array;
    json_decref(array);
    return NULL;
}

json_t *listing_op_json(const hinge_op_info *op, const hinge_plugin_info *plugin)
{
    bool good = true;
    json_t *object = json_object();
    struct listing_types types = {.n = 0};
    const char *domain = listing_domain(op->domain);
    uint32_t last = listing_last_opset(op, plugin);
    listing_add_types(&types, op);
    json_put(object, "domain", json_text(domain, strlen(domain)), &good);
    json_put(object, "name", json_text(op->name, strlen(op->name)), &good);
    json_put(object, "since", json_integer(op->since), &good);
    json_put(object, "until", last ? json_integer(last) : json_null(), &good);
    json_put(object, "types", listing_types_json(&types), &good);
    json_put(object, "signature", json_text(op->signature, strlen(op->signature)), &good);
    if (plugin)
        json_put(object, "plugin", json_text(plugin->name, strlen(plugin->name)), &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}
