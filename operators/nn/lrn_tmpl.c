/* LRN's loops, included once for each type of elements with these macros, which end here:
 *
 * LRN(name)               the name of the type's function
 * LRN_STORED, LRN_NUMBER  elements as they lie in memory, and what they are computed in
 * LRN_LANES, LRN_V(word)  a vector of numbers and its words of kernels/simd
 * LRN_LOAD_N, LRN_STORE_N some stored elements */

static void LRN(normalize)(const struct job *job, const LRN_STORED *image, int64_t channel,
                           LRN_STORED *y)
{
    const int64_t before = (job->size - 1) / 2, after = job->size / 2;
    const int64_t first = channel < before ? 0 : channel - before;
    const int64_t last = channel + after < job->channels ? channel + after : job->channels - 1;
    const LRN_V() scale = LRN_V(_set1)((LRN_NUMBER)job->scale);
    const LRN_V() bias = LRN_V(_set1)((LRN_NUMBER)job->bias);
    for (int64_t p = 0; p < job->pixels; p += LRN_LANES) {
        const int n = job->pixels - p < LRN_LANES ? (int)(job->pixels - p) : LRN_LANES;
        LRN_V() sum = LRN_V(_zero)();
        for (int64_t c = first; c <= last; c++) {
            const LRN_V() x = LRN_LOAD_N(image + c * job->pixels + p, n);
            sum = LRN_V(_fma)(x, x, sum);
        }
        const LRN_V() t = LRN_V(_fma)(sum, scale, bias);
        const LRN_V() x = LRN_LOAD_N(image + channel * job->pixels + p, n);
        LRN_STORE_N(y + p, LRN_V(_mul)(x, LRN_V(_inverse_power)(t, (LRN_NUMBER)job->beta)), n);
    }
}

static void LRN(channels)(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const LRN_STORED *x = job->x;
    LRN_STORED *y = job->y;
    for (int64_t i = begin; i < end; i++)
        LRN(normalize)
    (job, x + i / job->channels * job->channels * job->pixels, i % job->channels,
     y + i * job->pixels);
}

#undef LRN
#undef LRN_STORED
#undef LRN_NUMBER
#undef LRN_LANES
#undef LRN_V
#undef LRN_LOAD_N
#undef LRN_STORE_N
