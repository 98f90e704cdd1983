/* The subcommands: each parses its own arguments (argv[0] is "hinge NAME") and returns the exit
 * status: 0 done, 1 failed with a sentence on stderr (diff: 1 where there is a difference, 2
 * failed). Wrong usage ends the program with 2. */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

int command_run(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_batch(int argc, char **argv); /* where HINGE_HAS_BATCH is defined */
int command_test(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_profile(int argc, char **argv);
int command_plugins(int argc, char **argv);
int command_ops(int argc, char **argv);
int command_activation(int argc, char **argv);
int command_serve(int argc, char **argv); /* where its library is installed */

#endif
