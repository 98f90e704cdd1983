#include "base/error.h"
#include "base/text.h"
#include "files/file.h"
#include "health/health_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a histogram, in CSS pixels. */
enum { PLOT_WIDTH = 384, PLOT_HEIGHT = 120, LABEL_HEIGHT = 18 };

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>Activation health</title>\n<style>\n"
    ":root{--ink:#1b1f24;--soft:#59636e;--ground:#fff;--card:#f6f8fa;--line:#d0d7de;"
    "--bar:#2f6fb3;--zero:#c9730a;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa4b0;--ground:#14171b;"
    "--card:#1d2127;--line:#3a414a;--bar:#6aa9ee;--zero:#f0a04b;--bad:#ff8a80}}\n"
    "body{margin:0 auto;padding:24px;max-width:1280px;color:var(--ink);background:var(--ground);"
    "font:15px/1.45 system-ui,sans-serif}\n"
    "h1{font-size:22px;margin:0 0 4px}h2{font-size:15px;margin:0;overflow-wrap:anywhere}\n"
    "p{margin:4px 0}.soft{color:var(--soft)}.bad{color:var(--bad)}\n"
    "a{color:var(--bar)}.wide{overflow-x:auto}table{border-collapse:collapse;margin:16px "
    "0;font-size:13px}\n"
    "th,td{padding:3px 10px;border-bottom:1px solid var(--line);text-align:right;"
    "white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    "th{color:var(--soft);font-weight:600}.text{text-align:left}\n"
    ".bar{display:inline-block;width:80px;height:9px;margin-left:6px;background:var(--line)}"
    ".bar i{display:block;height:9px;background:var(--zero)}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(400px,1fr));gap:16px;margin-"
    "top:16px}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:12px;"
    "font-size:13px}\n"
    "svg{display:block;width:100%;height:auto;margin-top:8px}svg text{fill:var(--soft);"
    "font-size:11px}\n"
    ".b{fill:var(--bar)}.z{fill:var(--zero)}.d{fill:var(--bad)}.f{fill:var(--line)}"
    ".a{stroke:var(--soft);stroke-width:1}\n"
    "</style></head><body>\n<h1>Activation health</h1>\n";

/* Names come out of a model: nothing in them may be taken for markup. */
static void put_text(FILE *file, const char *text)
{
    char shown[TEXT_CHARACTER_SIZE];
    for (size_t n; (n = text_character(shown, text)); text += n) {
        switch (*shown) {
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '&': fputs("&amp;", file); break;
        case '"': fputs("&quot;", file); break;
        case '\'': fputs("&#39;", file); break;
        default: fputs(shown, file);
        }
    }
}

static void put_cell(FILE *file, const char *text)
{
    fputs("<td class=\"text\">", file);
    put_text(file, text);
    fputs("</td>", file);
}

static void put_number(FILE *file, double value)
{
    if (isfinite(value))
        fprintf(file, "<td>%.4g</td>", value);
    else
        fputs("<td>–</td>", file);
}

static void put_row(FILE *file, size_t index, const struct health_node *node)
{
    const struct health *health = &node->health;
    char text[TEXT_NUMBER_SIZE], dims[TEXT_SHAPE_SIZE];
    double zeros = health_share(node, health->n_zero) * 100;
    bool any = health->n_finite > 0;
    fprintf(file, "<tr><td class=\"text\"><a href=\"#a%zu\">", index);
    put_text(file, node->name);
    fputs("</a></td>", file);
    put_cell(file, node->op);
    put_cell(file, text_dims(dims, &node->shape));
    fprintf(file, "<td>%.1f %%<span class=\"bar\"><i style=\"width:%.1f%%\"></i></span></td>",
            zeros, zeros);
    fprintf(file, "<td%s>%s</td>", health_n_dead(health) ? " class=\"bad\"" : "",
            health_dead_text(text, node));
    if (node->saturation.known)
        fprintf(file, "<td>%.1f %%</td>", health_share(node, health->n_saturated) * 100);
    else
        fputs("<td>–</td>", file);
    put_number(file, any ? health->min : NAN);
    put_number(file, any ? health->max : NAN);
    put_number(file, any ? health->mean : NAN);
    put_number(file, health_deviation(health));
    fprintf(file, "<td%s>%" PRIu64 "/%" PRIu64 "</td></tr>\n",
            health->n_nan + health->n_inf ? " class=\"bad\"" : "", health->n_nan, health->n_inf);
}

/* How many of the values in a bin are exact zeros. */
static uint64_t zeros_in(const struct health *health, size_t bin)
{
    return health->histogram.first + (int64_t)bin == 0 ? health->n_zero : 0;
}

/* The height is that of the largest bin without its exact zeros, which often exceed all else; they
 * stand on top in another colour and are cut where the plot ends. */
static void put_bars(FILE *file, const struct health_node *node, size_t n)
{
    const struct health *health = &node->health;
    const struct health_histogram *histogram = &health->histogram;
    uint64_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t other = histogram->bins[i] - zeros_in(health, i);
        most = other > most ? other : most;
    }
    double unit = most ? 0.92 * PLOT_HEIGHT / (double)most : PLOT_HEIGHT;
    double step = (double)PLOT_WIDTH / (double)n, gap = n < PLOT_WIDTH / 3 ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t zeros = zeros_in(health, i), other = histogram->bins[i] - zeros;
        double left = (double)i * step, height = (double)other * unit;
        double top = fmax(0, PLOT_HEIGHT - height - (double)zeros * unit);
        fprintf(file, "<g><title>[%.4g, %.4g): %" PRIu64 "</title>",
                ldexp((double)(histogram->first + (int64_t)i), histogram->exponent),
                ldexp((double)(histogram->first + (int64_t)i + 1), histogram->exponent),
                histogram->bins[i]);
        fprintf(file, "<rect class=\"b\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>",
                left, PLOT_HEIGHT - height, step - gap, height);
        if (zeros)
            fprintf(file,
                    "<rect class=\"z\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>",
                    left, top, step - gap, PLOT_HEIGHT - height - top);
        fputs("</g>\n", file);
    }
}

static void put_histogram(FILE *file, const struct health_node *node)
{
    const struct health_histogram *histogram = &node->health.histogram;
    size_t n = health_n_bins(node);
    fprintf(file, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"histogram\">\n", PLOT_WIDTH,
            PLOT_HEIGHT + LABEL_HEIGHT);
    put_bars(file, node, n);
    fprintf(file, "<line class=\"a\" x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", PLOT_WIDTH,
            PLOT_HEIGHT, PLOT_HEIGHT);
    double zero = -(double)histogram->first / (double)n * PLOT_WIDTH;
    if (zero > PLOT_WIDTH / 5.0 && zero < PLOT_WIDTH * 0.8)
        fprintf(file,
                "<line class=\"a\" x1=\"%.2f\" x2=\"%.2f\" y1=\"%d\" y2=\"%d\"/>"
                "<text x=\"%.2f\" y=\"%d\" text-anchor=\"middle\">0</text>\n",
                zero, zero, PLOT_HEIGHT, PLOT_HEIGHT + 4, zero, PLOT_HEIGHT + LABEL_HEIGHT - 3);
    fprintf(file, "<text x=\"0\" y=\"%d\">%.4g</text>", PLOT_HEIGHT + LABEL_HEIGHT - 3,
            ldexp((double)histogram->first, histogram->exponent));
    fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.4g</text>\n</svg>\n", PLOT_WIDTH,
            PLOT_HEIGHT + LABEL_HEIGHT - 3,
            ldexp((double)(histogram->first + (int64_t)n), histogram->exponent));
}

/* All channels side by side, the dead ones marked. */
static void put_channels(FILE *file, const struct health *health)
{
    if (health_n_dead(health) == 0)
        return;
    double step = (double)PLOT_WIDTH / (double)health->n_channels;
    fprintf(file,
            "<svg viewBox=\"0 0 %d 8\" role=\"img\" aria-label=\"dead channels\">"
            "<rect class=\"f\" width=\"%d\" height=\"8\"/>",
            PLOT_WIDTH, PLOT_WIDTH);
    for (size_t i = 0; i < health->n_channels; i++)
        if (health_is_dead(health, i))
            fprintf(file,
                    "<rect class=\"d\" x=\"%.2f\" width=\"%.2f\" height=\"8\"><title>channel "
                    "%zu</title></rect>",
                    (double)i * step, step, i);
    fputs("</svg>\n", file);
}

static void put_card(FILE *file, size_t index, const struct health_node *node)
{
    const struct health *health = &node->health;
    char dims[TEXT_SHAPE_SIZE];
    fprintf(file, "<div class=\"card\" id=\"a%zu\"><h2>", index);
    put_text(file, node->name);
    fputs("</h2><p class=\"soft\">", file);
    put_text(file, node->op);
    putc(' ', file);
    put_text(file, text_dims(dims, &node->shape));
    fprintf(file, "</p><p>zeros %.1f %%", health_share(node, health->n_zero) * 100);
    if (node->saturation.known)
        fprintf(file, " · saturated %.1f %%", health_share(node, health->n_saturated) * 100);
    if (health_n_dead(health))
        fprintf(file, " · <span class=\"bad\">dead %zu of %zu</span>", health_n_dead(health),
                health->n_channels);
    fputs("</p>\n", file);
    if (health->n_finite)
        put_histogram(file, node);
    put_channels(file, health);
    fputs("</div>\n", file);
}

static void put_warning(void *user, const char *text)
{
    fputs("<p class=\"bad\">", user);
    put_text(user, text);
    fputs("</p>\n", user);
}

static void put_page(FILE *file, const struct health_run *run)
{
    fputs(head, file);
    fputs("<p class=\"soft\">", file);
    put_text(file, run->model);
    fprintf(file, ", %" PRIu64 " input%s in %" PRIu64 " run%s</p>\n", run->n_inputs,
            run->n_inputs == 1 ? "" : "s", run->n_runs, run->n_runs == 1 ? "" : "s");
    fputs("<div class=\"wide\"><table><tr><th class=\"text\">node</th><th class=\"text\">operator"
          "</th><th class=\"text\">shape</th><th>zeros</th><th>dead</th><th>saturated</th>"
          "<th>min</th><th>max</th><th>mean</th><th>std</th><th>NaN/Inf</th></tr>\n",
          file);
    for (size_t i = 0; i < run->n_nodes; i++)
        if (run->nodes[i].shape.type != HINGE_NO_TYPE)
            put_row(file, i, &run->nodes[i]);
    fputs("</table></div>\n", file);
    health_warnings(run, put_warning, file);
    fputs("<p class=\"soft\">Saturated: the slope is below 0.001. Histograms are of the finite "
          "values; "
          "exact zeros are drawn in their own colour on top of the bin that begins at 0 and cut "
          "where "
          "the plot ends. Where channels are dead, a strip shows all of them in order.</p>\n"
          "<div class=\"cards\">\n",
          file);
    for (size_t i = 0; i < run->n_nodes; i++)
        if (run->nodes[i].shape.type != HINGE_NO_TYPE)
            put_card(file, i, &run->nodes[i]);
    fputs("</div>\n</body></html>\n", file);
}

int health_html(const struct health_run *run, const char *path)
{
    hinge_error error;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    bool ok = file != NULL;
    if (ok) {
        put_page(file, run);
        ok = !ferror(file);
        ok = (fclose(file) == 0) & ok;
    }
    ok = (ok || error_no_memory(&error)) &&
         file_write(path, &(struct file_part){text, size}, 1, &error);
    free(text);
    return ok ? 0 : error_fail(&error);
}
