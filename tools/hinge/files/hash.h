/* SHA-256 (FIPS 180-4), as sha256sum prints it. */
#ifndef TOOL_HASH_H
#define TOOL_HASH_H

#include <nettle/sha2.h>
#include <stddef.h>

#define HASH_TEXT_SIZE (2 * SHA256_DIGEST_SIZE + 1)

/* Ends the hash and writes its hexadecimal digits. */
void hash_text(struct sha256_ctx *hash, char text[HASH_TEXT_SIZE]);

void hash_bytes(const void *bytes, size_t size, char text[HASH_TEXT_SIZE]);

#endif
