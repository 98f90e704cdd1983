/* MaxPool in its plain form, included once for each type of elements with these macros, which end
 * here:
 *
 * MAXPOOL(name)      the name of the type's function
 * MAXPOOL_STORED     an element in memory
 * MAXPOOL_NUMBER(x)  what it is compared as
 * MAXPOOL_LEAST      the element that no other is below */

/* The window's largest element, or its last NaN, and where it lies: -1 in an empty one. */
static MAXPOOL_STORED MAXPOOL(window)(const struct pool_shape *s, const MAXPOOL_STORED *x,
                                      const struct place *w, bool columns_first, int64_t *index)
{
    MAXPOOL_STORED most = MAXPOOL_LEAST;
    *index = -1;
    for (int64_t i = w->in[0].begin; i < w->in[0].end; i++)
        for (int64_t j = w->in[1].begin; j < w->in[1].end; j++)
            for (int64_t k = w->in[2].begin; k < w->in[2].end; k++) {
                const int64_t z = w->at[0] + i * s->dilation[0];
                const int64_t h = w->at[1] + j * s->dilation[1];
                const int64_t c = w->at[2] + k * s->dilation[2];
                const MAXPOOL_STORED v = x[(z * s->input[1] + h) * s->input[2] + c];
                if (*index < 0 || MAXPOOL_NUMBER(v) > MAXPOOL_NUMBER(most) ||
                    isnan((double)MAXPOOL_NUMBER(v))) {
                    most = v;
                    *index = stored_at(s, columns_first, z, h, c);
                }
            }
    return most;
}

static void MAXPOOL(plain)(const struct hinge_node *node, const struct pool_shape *s)
{
    const MAXPOOL_STORED *x = node->inputs[0]->data;
    MAXPOOL_STORED *y = node->outputs[0]->data;
    int64_t *indices = op_output(node, 1) ? op_output(node, 1)->data : NULL;
    const bool columns_first = node->attributes[STORAGE_ORDER].i == 1;
    const int64_t channels = node->inputs[0]->dims[0] * node->inputs[0]->dims[1];
    const int64_t x_count = s->input[0] * s->input[1] * s->input[2];
    const int64_t y_count = s->output[0] * s->output[1] * s->output[2];
    for (int64_t c = 0; c < channels; c++)
        for (int64_t p = 0; p < y_count; p++) {
            const struct place place = place_of(s, p);
            int64_t index;
            y[c * y_count + p] = MAXPOOL(window)(s, x + c * x_count, &place, columns_first, &index);
            if (indices)
                indices[c * y_count + p] = index < 0 ? -1 : c * x_count + index;
        }
}

#undef MAXPOOL
#undef MAXPOOL_STORED
#undef MAXPOOL_NUMBER
#undef MAXPOOL_LEAST
