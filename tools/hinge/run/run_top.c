#include "run/run_top.h"

#include "base/array.h"
#include "base/number.h"
#include "base/text.h"
#include "describe/describe.h"
#include "files/file.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROWS 16
#define LABEL_WIDTH 32
#define BAR_WIDTH 20

/* Of labels */

static bool split(struct run_top *top, size_t size, hinge_error *error)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += top->text[i] == '\n' || i + 1 == size;
    top->labels = calloc(n + 1, sizeof *top->labels);
    if (!top->labels)
        return error_no_memory(error);
    char *line = (char *)top->text;
    for (size_t i = 0; i < size; i++) {
        char *at = (char *)top->text + i;
        bool is_end = *at == '\n';
        if (is_end || *at == '\r' || *at == '\0')
            *at = is_end || at[1] == '\n' ? '\0' : ' ';
        if (is_end || i + 1 == size) {
            top->labels[top->n_labels++] = line;
            line = at + 1;
        }
    }
    return n > 0 ||
           error_set(error, HINGE_BAD_FORMAT, "%.300s: there is no label in it", top->path);
}

bool run_top_open(struct run_top *top, hinge_error *error)
{
    size_t size;
    if (!top->path)
        return true;
    if (!file_read(top->path, &top->text, &size, error))
        return false;
    if (split(top, size, error))
        return true;
    run_top_close(top);
    return false;
}

void run_top_close(struct run_top *top)
{
    free(top->labels);
    free(top->text);
    top->labels = NULL;
    top->text = NULL;
    top->n_labels = 0;
}

/* Of scores */

static int64_t count_classes(const hinge_tensor *value)
{
    int32_t axis = value->rank - 1;
    while (axis > 0 && value->dims[axis] == 1)
        axis--;
    return axis < 0 ? 1 : value->dims[axis];
}

bool run_top_has(const struct run_top *top, const hinge_tensor *value)
{
    if (top->n == 0 || hinge_is_container(value->type) || !number_is_float(value->type))
        return false;
    int64_t n = count_classes(value);
    return n > 1 && (!top->path || (size_t)n == top->n_labels);
}

/* One row: its largest, and what makes probabilities of them. */
struct ranking {
    int64_t first, n_classes, n;
    int64_t *best; /* owned */
    bool is_probability, has_softmax;
    double largest, sum; /* of exp(score - largest) */
};

/* NaN behind all others. */
static bool is_before(double a, double b)
{
    return a > b || (isnan(b) && !isnan(a));
}

static bool rank_row(struct ranking *ranking, const hinge_tensor *value, int64_t row, uint64_t n)
{
    int64_t n_classes = count_classes(value);
    *ranking = (struct ranking){.first = row * n_classes, .n_classes = n_classes};
    size_t room = n < (uint64_t)n_classes ? n : (size_t)n_classes;
    ranking->best = calloc(room + 1, sizeof *ranking->best);
    if (!ranking->best)
        return false;
    double total = 0;
    bool is_finite = true, within = true;
    for (int64_t i = 0; i < n_classes; i++) {
        double score = number_value(value, ranking->first + i);
        int64_t at = ranking->n;
        is_finite &= isfinite(score);
        within &= score >= 0 && score <= 1;
        total += score;
        while (at > 0 &&
               is_before(score, number_value(value, ranking->first + ranking->best[at - 1])))
            at--;
        if ((uint64_t)at >= n)
            continue;
        ranking->n += (uint64_t)ranking->n < n;
        memmove(ranking->best + at + 1, ranking->best + at,
                (size_t)(ranking->n - at - 1) * sizeof *ranking->best);
        ranking->best[at] = i;
    }
    ranking->is_probability = within && fabs(total - 1) < 1e-2;
    ranking->has_softmax = is_finite && !ranking->is_probability;
    ranking->largest = number_value(value, ranking->first + ranking->best[0]);
    for (int64_t i = 0; i < n_classes; i++)
        ranking->sum += exp(number_value(value, ranking->first + i) - ranking->largest);
    return true;
}

/* NAN where there is none. */
static double probability(const struct ranking *ranking, double score)
{
    return ranking->is_probability ? score
           : ranking->has_softmax  ? exp(score - ranking->largest) / ranking->sum
                                   : NAN;
}

static void print_row(FILE *file, const struct run_top *top, const struct ranking *ranking,
                      const hinge_tensor *value)
{
    char number[TEXT_NUMBER_SIZE];
    int width = 0;
    for (int64_t i = 0; i < ranking->n && top->labels; i++) {
        int columns = (int)strnlen(top->labels[ranking->best[i]], LABEL_WIDTH);
        width = columns > width ? columns : width;
    }
    for (int64_t i = 0; i < ranking->n; i++) {
        int64_t index = ranking->best[i];
        double score = number_value(value, ranking->first + index);
        double share = probability(ranking, score);
        fprintf(file, "  %6" PRId64 "  ", index);
        if (top->labels)
            text_cell(file, top->labels[index], width);
        if (!ranking->is_probability)
            fprintf(file, " %12s", text_number(number, value, ranking->first + index));
        if (!isnan(share)) {
            bool has_bar = share * BAR_WIDTH >= 0.5;
            fprintf(file, "  %5.1f %%%s", 100 * share, has_bar ? "  " : "");
            text_bar(file, share, BAR_WIDTH);
        }
        putc('\n', file);
    }
}

void run_top_print(FILE *file, const struct run_top *top, const char *name,
                   const hinge_tensor *value, hinge_type_code type)
{
    char text[TEXT_SHAPE_SIZE];
    int64_t n_rows = array_count(value) / count_classes(value);
    text_print(file, name, 0);
    fprintf(file, "  %s\n", describe_value(text, value, type));
    for (int64_t row = 0; row < n_rows && row < FIRST_ROWS; row++) {
        struct ranking ranking;
        if (!rank_row(&ranking, value, row, top->n))
            continue;
        fprintf(file, "  [%" PRId64 "] largest %" PRId64 " of %" PRId64 ": %s\n", row, ranking.n,
                ranking.n_classes,
                ranking.is_probability ? "probabilities"
                : ranking.has_softmax  ? "scores, and their softmax"
                                       : "scores, not all of them finite");
        print_row(file, top, &ranking, value);
        free(ranking.best);
    }
    if (n_rows > FIRST_ROWS)
        fprintf(file, "  … and %" PRId64 " rows more\n", n_rows - FIRST_ROWS);
}

json_t *run_top_json(const struct run_top *top, const hinge_tensor *value)
{
    bool good = true;
    int64_t n_rows = array_count(value) / count_classes(value);
    json_t *rows = json_array();
    for (int64_t row = 0; row < n_rows && good; row++) {
        struct ranking ranking;
        json_t *list = json_array();
        good = rank_row(&ranking, value, row, top->n);
        for (int64_t i = 0; i < ranking.n && good; i++) {
            int64_t index = ranking.best[i];
            double score = number_value(value, ranking.first + index);
            const char *label = top->labels ? top->labels[index] : NULL;
            json_t *object = json_object();
            json_put(object, "index", json_integer(index), &good);
            json_put(object, "label", label ? json_text(label, strlen(label)) : json_null(), &good);
            json_put(object, "score", json_number(score), &good);
            json_put(object, "probability", json_number(probability(&ranking, score)), &good);
            json_add(list, object, &good);
        }
        free(ranking.best);
        json_add(rows, list, &good);
    }
    if (good)
        return rows;
    json_decref(rows);
    return NULL;
}
