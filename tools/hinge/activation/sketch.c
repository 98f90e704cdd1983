#include "activation/sketch.h"

#include "base/text.h"

#include <math.h>

/* A cell of braille is 2 dots wide and 4 high. */
#define COLUMNS (SKETCH_COUNT / 2)
#define ROWS 14
#define HEIGHT (4 * ROWS)

struct canvas {
    unsigned char cells[ROWS][COLUMNS];
    double low, high;
};

static void dot(struct canvas *canvas, int x, int y)
{
    static const unsigned char bits[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (x >= 0 && x < SKETCH_COUNT && y >= 0 && y < HEIGHT)
        canvas->cells[y / 4][x / 2] |= bits[y % 4][x % 2];
}

static int row_of(const struct canvas *canvas, double y)
{
    return (int)lrint((canvas->high - y) / (canvas->high - canvas->low) * (HEIGHT - 1));
}

/* Neighbours are joined by dots above each other. */
static void draw(struct canvas *canvas, const struct sketch_curve *curve)
{
    int before = -1;
    for (int x = 0; x < SKETCH_COUNT; x++) {
        if (!isfinite(curve->y[x])) {
            before = -1;
            continue;
        }
        int y = row_of(canvas, (double)curve->y[x]);
        if (before < 0)
            before = y;
        for (int between = before; between != y; between += before < y ? 1 : -1)
            if (!curve->dotted || (x + between) % 3 == 0)
                dot(canvas, x, between);
        if (!curve->dotted || x % 3 == 0)
            dot(canvas, x, y);
        before = y;
    }
}

static void draw_axes(struct canvas *canvas, double from, double to)
{
    int x = (int)lrint(-from / (to - from) * (SKETCH_COUNT - 1));
    if (from <= 0 && to >= 0)
        for (int y = 0; y < HEIGHT; y += 4)
            dot(canvas, x, y);
    if (canvas->low <= 0 && canvas->high >= 0)
        for (x = 0; x < SKETCH_COUNT; x += 4)
            dot(canvas, x, row_of(canvas, 0));
}

static void print_cell(FILE *file, unsigned char bits, int utf8)
{
    if (!utf8 || !bits)
        putc(bits ? '*' : ' ', file);
    else
        fprintf(file, "\xE2%c%c", 0xA0 | bits >> 6, 0x80 | (bits & 63)); /* U+2800 + bits */
}

void sketch_print(FILE *file, double from, double to, const struct sketch_curve *curves,
                  size_t n_curves)
{
    struct canvas canvas = {.low = HUGE_VAL, .high = -HUGE_VAL};
    for (size_t c = 0; c < n_curves; c++)
        for (int x = 0; x < SKETCH_COUNT; x++)
            if (isfinite(curves[c].y[x])) {
                canvas.low = fmin(canvas.low, (double)curves[c].y[x]);
                canvas.high = fmax(canvas.high, (double)curves[c].y[x]);
            }
    if (canvas.low > canvas.high)
        return;
    if (canvas.low == canvas.high) {
        double half = canvas.low != 0 ? fabs(canvas.low) / 2 : 1;
        canvas.low -= half;
        canvas.high += half;
    }
    draw_axes(&canvas, from, to);
    for (size_t c = 0; c < n_curves; c++)
        draw(&canvas, &curves[c]);
    int utf8 = text_is_utf8();
    for (int row = 0; row < ROWS; row++) {
        if (row == 0 || row == ROWS - 1)
            fprintf(file, "%12.4g ", row ? canvas.low : canvas.high);
        else
            fprintf(file, "%13s", "");
        int end = COLUMNS;
        while (end > 0 && !canvas.cells[row][end - 1])
            end--;
        for (int column = 0; column < end; column++)
            print_cell(file, canvas.cells[row][column], utf8);
        putc('\n', file);
    }
    fprintf(file, "%13s%-*.4g%*.4g\n", "", COLUMNS / 2, from, COLUMNS / 2, to);
}
