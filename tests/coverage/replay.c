/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * In place of libFuzzer: gives each file that is named to the fuzz target, in a process
 * of its own.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_INPUT = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const char *path)
{
	uint8_t *data = malloc(MAX_INPUT);
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!data || !file) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, MAX_INPUT, file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	exit(0);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		pid_t child = fork();
		int status;

		if (!child)
			run(argv[i]);
		if (child < 0 || waitpid(child, &status, 0) < 0 || status) {
			printf("%s: status %x\n", argv[i], status);
			return 1;
		}
	}
	return 0;
}
