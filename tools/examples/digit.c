/* Embedding Hinge: reads a handwritten digit and draws it beside the probabilities of 0 to 9.
 *
 *     cc digit.c $(pkg-config --cflags --libs hinge) -o digit
 *     ./digit MODEL.onnx DIGIT.npy
 */
#include <hinge/hinge.h>
#include <stdio.h>

/* A .npy file of 64 float32 ends with them, row by row. */
static int read_pixels(const char *path, float pixels[64])
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    int read = !fseek(file, -256, SEEK_END) && fread(pixels, 4, 64, file) == 64;
    fclose(file);
    return read;
}

static void draw(const float pixels[64], const float probability[10])
{
    static const char *const shades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
    int best = 0;
    for (int row = 0; row < 10; row++) {
        for (int column = 0; column < 8; column++) {
            float ink = row < 8 ? pixels[8 * row + column] : 0;
            fputs(shades[ink >= 1 ? 4 : ink > 0 ? (int)(5 * ink) : 0], stdout);
        }
        printf("   %d ", row);
        for (int bar = 0; bar < 40 && (float)bar + 0.5f <= 40 * probability[row]; bar++)
            fputs("█", stdout);
        printf(" %.1f %%\n", 100 * (double)probability[row]);
        best = probability[row] > probability[best] ? row : best;
    }
    printf("It is a %d (%.1f %%).\n", best, 100 * (double)probability[best]);
}

int main(int argc, char **argv)
{
    float pixels[64];
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 4, (int64_t[]){1, 1, 8, 8}, pixels);
    hinge_tensor probability;
    hinge_session *session = NULL;
    hinge_context *context = NULL;
    hinge_error error = {0};

    if (argc != 3 || !read_pixels(argv[2], pixels))
        return fprintf(stderr, "usage: %s MODEL.onnx DIGIT.npy (8 x 8 float32)\n", argv[0]), 2;
    if (hinge_open(argv[1], NULL, &session, &error) == HINGE_OK &&
        hinge_context_create(session, &context, &error) == HINGE_OK &&
        hinge_run(context, &input, 1, &probability, 1, NULL, &error) == HINGE_OK &&
        probability.type == HINGE_FLOAT && hinge_tensor_count(&probability) == 10)
        draw(pixels, probability.data);
    else
        fprintf(stderr, "%s\n", error.message);
    hinge_context_destroy(context);
    hinge_close(session);
    return error.status != HINGE_OK;
}
