/* Walks of trees with splits and sums of one type; included for each with NUMBER, SPLIT and NAME.
 */

static bool NAME(holds)(const struct trees *trees, uint32_t i, NUMBER x)
{
    const SPLIT *split = (const SPLIT *)trees->splits + i;
    switch (trees->tests[i]) {
    case TREES_AT_MOST: return x <= split->value;
    case TREES_EQUAL: return x == split->value;
    default:
        return is_member(trees->members + trees->sets[2 * (size_t)i],
                         trees->sets[2 * (size_t)i + 1] - trees->sets[2 * (size_t)i], (double)x);
    }
}

/* From at[l] to a leaf for each of LANES rows x[l], which are on their ways at the same time. */
static void NAME(walk)(const struct trees *trees, uint32_t *at, const NUMBER *const *x)
{
    const SPLIT *splits = trees->splits;
    const uint32_t n = trees->n_splits;
    bool is_busy = n > 0;
    while (is_busy) {
        is_busy = false;
        for (int l = 0; l < LANES; l++) {
            const uint32_t i = at[l];
            const SPLIT *split = &splits[i < n ? i : 0];
            const NUMBER v = x[l][split->feature & TREES_FEATURE];
            const bool to_0 = (v <= split->value) | ((v != v) & (split->feature >= TREES_NAN_TO_0));
            const uint32_t next = split->child[!to_0];
            at[l] = i < n ? next : i;
            is_busy |= at[l] < n;
        }
    }
}

/* The same where there are other tests. */
static void NAME(walk_any)(const struct trees *trees, uint32_t *at, const NUMBER *const *x)
{
    const SPLIT *splits = trees->splits;
    for (int l = 0; l < LANES; l++)
        while (at[l] < trees->n_splits) {
            const SPLIT *split = &splits[at[l]];
            const NUMBER v = x[l][split->feature & TREES_FEATURE];
            const bool to_0 =
                v != v ? split->feature >= TREES_NAN_TO_0 : NAME(holds)(trees, at[l], v);
            at[l] = split->child[!to_0];
        }
}

static void NAME(go)(const struct trees *trees, uint32_t *at, const NUMBER *const *x)
{
    if (trees->tests)
        NAME(walk_any)(trees, at, x);
    else
        NAME(walk)(trees, at, x);
}

static void NAME(vote)(const struct job *job, uint32_t at, NUMBER *sums, uint8_t *has)
{
    const struct trees *trees = job->trees;
    const uint32_t leaf = at - trees->n_splits;
    const NUMBER *weights = trees->weights;
    for (int64_t v = trees->votes[leaf]; v < trees->votes[leaf + 1]; v++) {
        const int64_t k = trees->targets[v];
        if (job->aggregate <= TREES_SUM)
            sums[k] += weights[v];
        else if (!has[k] ||
                 (job->aggregate == TREES_MIN ? weights[v] < sums[k] : weights[v] > sums[k]))
            sums[k] = weights[v];
        has[k] = 1;
    }
}

static void NAME(finish)(const struct job *job, int64_t row, const NUMBER *sums, const uint8_t *has,
                         double *scores)
{
    for (int64_t k = 0; k < job->trees->n_targets; k++)
        scores[k] = (double)sums[k];
    job->finish(job->node, row, scores, has);
}

/* Rows in blocks, each block down one tree after the other. */
static void NAME(blocks)(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct trees *trees = job->trees;
    const int64_t n_targets = trees->n_targets;
    const struct scratch s = scratch_of(job, thread);
    const NUMBER *rows[BLOCK + LANES];
    NUMBER *sums = s.sums;
    for (int64_t first = begin; first < end; first += BLOCK) {
        const int64_t n = end - first < BLOCK ? end - first : BLOCK;
        const NUMBER *x = rows_of(job, first, n, s.converted);
        for (int64_t r = 0; r < n + LANES; r++) /* the last one fills the lanes */
            rows[r] = x + (r < n ? r : n - 1) * job->n_features;
        memset(sums, 0, (size_t)(n * n_targets) * sizeof *sums);
        memset(s.has, 0, (size_t)(n * n_targets));
        for (int64_t t = 0; t < trees->n_trees; t++)
            for (int64_t r = 0; r < n; r += LANES) {
                uint32_t at[LANES];
                for (int l = 0; l < LANES; l++)
                    at[l] = trees->roots[t];
                NAME(go)(trees, at, rows + r);
                for (int64_t l = 0; l < LANES && r + l < n; l++)
                    NAME(vote)(job, at[l], sums + (r + l) * n_targets, s.has + (r + l) * n_targets);
            }
        for (int64_t r = 0; r < n; r++)
            NAME(finish)(job, first + r, sums + r * n_targets, s.has + r * n_targets, s.scores);
    }
}

/* Pairs of a tree and one of few rows: finds the leaves. */
static void NAME(pairs)(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const NUMBER *x = job->x;
    int64_t tree = begin / job->n_rows, row = begin % job->n_rows;
    (void)thread;
    for (int64_t first = begin; first < end; first += LANES) {
        const NUMBER *rows[LANES];
        uint32_t at[LANES];
        for (int l = 0; l < LANES; l++) {
            at[l] = job->trees->roots[tree];
            rows[l] = x + row * job->n_features;
            if (first + l + 1 < end && ++row == job->n_rows) { /* the last one fills the lanes */
                row = 0;
                tree++;
            }
        }
        NAME(go)(job->trees, at, rows);
        for (int64_t l = 0; l < LANES && first + l < end; l++)
            job->leaves[first + l] = at[l];
    }
}

static void NAME(count)(const struct job *job)
{
    const struct trees *trees = job->trees;
    const struct scratch s = scratch_of(job, 0);
    NUMBER *sums = s.sums;
    for (int64_t row = 0; row < job->n_rows; row++) {
        memset(sums, 0, (size_t)trees->n_targets * sizeof *sums);
        memset(s.has, 0, (size_t)trees->n_targets);
        for (int64_t t = 0; t < trees->n_trees; t++)
            NAME(vote)(job, job->leaves[t * job->n_rows + row], sums, s.has);
        NAME(finish)(job, row, sums, s.has, s.scores);
    }
}

#undef NUMBER
#undef SPLIT
#undef NAME
