/* BatchNormalization's loops, included once for each type of elements with these macros, which end
 * here:
 *
 * BN(name)                            the name of the type's function
 * BN_STORED, BN_NUMBER                elements as they lie in memory, and what they are computed in
 * BN_LANES, BN_V(word)                a vector of numbers and its words of kernels/simd
 * BN_LOAD, _LOAD_N, _STORE, _STORE_N  stored elements */

static void BN(scale)(const BN_STORED *x, BN_STORED *y, int64_t count, BN_NUMBER factor,
                      BN_NUMBER shift)
{
    const BN_V() f = BN_V(_set1)(factor), s = BN_V(_set1)(shift);
    int64_t i = 0;
    for (; i + BN_LANES <= count; i += BN_LANES)
        BN_STORE(y + i, BN_V(_fma)(BN_LOAD(x + i), f, s));
    if (i < count) {
        const int n = (int)(count - i);
        BN_STORE_N(y + i, BN_V(_fma)(BN_LOAD_N(x + i, n), f, s), n);
    }
}

static void BN(normalize)(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const BN_STORED *x = job->node->inputs[0]->data;
    BN_STORED *y = job->node->outputs[0]->data;
    for (int64_t c = begin; c < end; c++) {
        double factor, shift;
        channel_of(job, c, &factor, &shift);
        for (int64_t b = 0; b < job->batch; b++) {
            const int64_t at = (b * job->channels + c) * job->pixels;
            BN(scale)(x + at, y + at, job->pixels, (BN_NUMBER)factor, (BN_NUMBER)shift);
        }
    }
}

#undef BN
#undef BN_STORED
#undef BN_NUMBER
#undef BN_LANES
#undef BN_V
#undef BN_LOAD
#undef BN_LOAD_N
#undef BN_STORE
#undef BN_STORE_N
