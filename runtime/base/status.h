/* Errors on their way out: the finder writes the sentence, everybody else passes the status on. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <hinge/hinge.h>

/* Fills *error (may be NULL) and returns status. */
hinge_status status_fail(hinge_error *error, hinge_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " in front of the message that is there; cuts the end where it becomes too long. */
void status_prefix(hinge_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for the model's file, leaving room for the message. */
void status_prefix_path(hinge_error *error, const char *path);

/* HINGE_NO_MEMORY with its sentence. */
hinge_status status_no_memory(hinge_error *error);

#endif
