#include "serve/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool reply_error(struct reply *reply, unsigned status, const char *format, ...)
{
    char sentence[sizeof((hinge_error *)0)->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    bytes_free(&reply->body);
    *reply = (struct reply){.status = status};
    if (status == 503 || status == 429)
        reply->retry_after = 1;
    bytes_text(&reply->body, "{\"error\":");
    bytes_json_string(&reply->body, sentence, strlen(sentence));
    bytes_text(&reply->body, "}");
    return false;
}

static unsigned status_of(hinge_status status)
{
    switch (status) {
    case HINGE_BAD_FORMAT:
    case HINGE_BAD_ARGUMENT:
    case HINGE_BAD_SHAPE:
    case HINGE_BAD_VALUE: return 400;
    case HINGE_LIMIT: return 413;
    case HINGE_UNSUPPORTED: return 501;
    case HINGE_NO_MEMORY:
    case HINGE_CANCELLED: return 503;
    case HINGE_DEADLINE: return 504;
    default: return 500;
    }
}

bool reply_failure(struct reply *reply, const hinge_error *error)
{
    return reply_error(reply, status_of(error->status), "%s", error->message);
}

void reply_json(struct reply *reply, json_t *root, bool good)
{
    char *text = good && root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(root);
    reply->status = 200;
    if (text)
        bytes_text(&reply->body, text);
    free(text);
    if (!text || reply->body.failed)
        reply_error(reply, 503, "out of memory");
}
