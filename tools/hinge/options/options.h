/* The options that several subcommands share, as argp children: which model to open and how, and
 * what to feed it. Wrong usage ends the program with status 2 and a sentence, as argp does. */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include "files/npz.h"
#include "media/picture.h"

#include <argp.h>
#include <hinge/inspect.h>

/* What the file of an input is. */
enum option_source { SOURCE_VALUE, SOURCE_PICTURE, SOURCE_SOUND, SOURCE_ARCHIVE };

/* An argument NAME=VALUE; name is not terminated. */
struct option_pair {
    const char *name, *value;
    int name_size;
    enum option_source source;
    /* Of an archive's array: where it is. value is the archive's path then. */
    struct npz *archive;
    size_t member;
};

struct option_pairs {
    struct option_pair *items;
    size_t n;
};

/* What every subcommand takes: which plugins, how many threads, which passes, which form. A
 * subcommand that has no use for one takes it all the same. */
struct common_options {
    hinge_options open;
    const char **plugins, **disabled_passes;
    double time_limit_s; /* of a run; 0: none */
    bool json, verbose;
};

/* The same and the file to open: of standard input, which "-" is, the bytes. */
struct model_options {
    struct common_options common;
    const char *model;
    unsigned char *bytes;
    size_t size;
};

struct input_options {
    struct option_pairs files, dims, shapes;
    struct picture_options picture; /* how pictures among the files are read */
    uint64_t sample_rate;           /* that sound must have; 0: any */
    /* Archives, whose arrays are added to the files when the inputs' names are known. */
    struct option_archive {
        const char *path;
        struct npz *npz; /* NULL: not opened yet */
    } * archives;
    size_t n_archives;
    bool random, has_default_dim;
    uint64_t seed, int_max, default_dim; /* of dimensions whose size nothing tells */
    /* An input that is in memory already, and which it is; NULL: none. */
    const hinge_tensor *ready;
    size_t ready_index;
};

/* argp_parse; where it fails, for want of memory, writes the sentence to stderr and returns false.
 */
bool options_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input);

/* While read is set, options_parse hands it the argp instead of parsing, and returns false: for who
 * writes of a command's options. */
struct options_reader {
    void (*read)(void *user, const struct argp *argp);
    void *user;
};
extern struct options_reader options_reader;

/* Their argp_child.input is a struct of the same name. model and input parsers need no set-up by
 * the caller; what they allocate is released by options_free_*. Input options contain picture
 * options, for which a parser of its own is there too; those allocate nothing. */
extern const struct argp options_common_argp, options_model_argp, options_input_argp,
    options_picture_argp;
/* What most commands begin with: common options, or those of a model and its inputs. */
extern const struct argp_child options_common_children[], options_model_children[];
void options_free_common(struct common_options *options);
void options_free_model(struct model_options *options);
void options_free_input(struct input_options *options);

/* array with room for one element behind the n it has; ends the program where there is no memory.
 */
void *options_grown(void *array, size_t n, size_t element_size, struct argp_state *state);

/* The first pair whose name is this, and its value; NULL: none. */
const struct option_pair *options_find_pair(const struct option_pairs *pairs, const char *name);
const char *options_find(const struct option_pairs *pairs, const char *name);

void options_add(struct option_pairs *pairs, struct option_pair pair, struct argp_state *state);

/* Adds NAME=VALUE, split at the first "=" or, with strrchr, at the last, and returns the value;
 * ends the program where the argument has another form. */
typedef char *option_splitter(const char *text, int character);
const char *options_add_pair(struct option_pairs *pairs, char *argument, option_splitter *find,
                             const char *option, struct argp_state *state);

/* Where a name of the model's and a file both may contain "=", the longest name of the model's
 * wins: splits such pairs of options_add_pair again, where one fits. name is one of the n names. */
typedef const char *option_name(const hinge_session *session, size_t index);
void options_split(struct option_pairs *pairs, const hinge_session *session, option_name *name,
                   size_t n);

/* Whether each of the pairs has one of the n names. */
bool options_are_named(const struct option_pairs *pairs, const hinge_session *session,
                       option_name *name, size_t n);

/* A number in [low, high]; ends the program where it is none. */
uint64_t options_number(const char *text, uint64_t low, uint64_t high, const char *option,
                        struct argp_state *state);
double options_real(const char *text, const char *option, struct argp_state *state);
/* A number of bytes: 1000, 64K, 512M, 2G. */
size_t options_size(const char *text, const char *option, struct argp_state *state);
/* A number of either sign in the range of float32. */
double options_finite(const char *text, const char *option, struct argp_state *state);

/* The passes that --disable-pass all leaves out, ended by NULL; to be freed by the caller. NULL
 * where there is no memory. */
const char **options_all_passes(void);

/* Where no plugin has what the model needs, says so on stderr and returns the exit status 1. */
int options_tell_missing(const hinge_session *session);

/* How a run that begins now is to go. The caller may add to it. */
hinge_run_options options_run(const struct common_options *options);

/* Opens the registry. A plugin that --plugin names and that is refused is an error; of others,
 * which HINGE_PLUGIN_PATH names, a warning goes to stderr. */
bool options_open_registry(const struct common_options *options, hinge_registry **registry,
                           hinge_error *error);

/* What the widest built-in plugin is built for: "avx2" of onnx-avx2; "" where there is none.
 * Returns isa. */
#define OPTIONS_ISA_SIZE 16
const char *options_isa(char isa[OPTIONS_ISA_SIZE], const struct common_options *options);

/* Opens the model, with the same rule, splits the inputs' files from their names, and adds the
 * arrays of archives that are inputs. Where one of these is an input that has a default, the
 * session has those inputs too. Warnings of the runtime go to stderr. */
bool options_open(const struct model_options *options, struct input_options *inputs,
                  hinge_session **session, hinge_error *error);
/* Opens the model alone, by any options. */
bool options_open_model(const struct model_options *options, const hinge_options *open,
                        hinge_session **session, hinge_error *error);
/* options_open; where it fails, writes the sentence to stderr and returns NULL. */
hinge_session *options_session(const struct model_options *options, struct input_options *inputs);

#endif
