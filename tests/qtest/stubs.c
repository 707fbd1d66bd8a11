/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * What bios-tables-test and libqtest need of the rest of QEMU: messages, whole writes,
 * and the emulator of a TPM, which no microvm has.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define PRINTS(name)                                                                               \
	void name(const char *format, ...)                                                         \
	{                                                                                          \
		va_list arguments;                                                                 \
                                                                                                   \
		va_start(arguments, format);                                                       \
		vfprintf(stderr, format, arguments);                                               \
		va_end(arguments);                                                                 \
		fputc('\n', stderr);                                                               \
	}

PRINTS(error_printf)
PRINTS(error_report)
PRINTS(warn_report)

ssize_t qemu_write_full(int fd, const void *buffer, size_t size)
{
	const char *next = buffer;
	ssize_t written;
	size_t left;

	for (left = size; left; left -= written, next += written) {
		written = write(fd, next, left);
		if (written <= 0)
			break;
	}
	return size - left;
}

ssize_t qemu_send_full(int fd, const void *buffer, size_t size)
{
	return qemu_write_full(fd, buffer, size);
}

void qemu_set_cloexec(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int socket_init(void)
{
	return 0;
}

void module_call_init(int type)
{
	(void)type;
}

void qapi_free_SocketAddress(void *address)
{
	(void)address;
}

void *tpm_emu_ctrl_thread(void *state)
{
	(void)state;
	abort();
}

void tpm_emu_test_wait_cond(void *state)
{
	(void)state;
	abort();
}

bool tpm_model_is_available(const char *arguments, const char *model)
{
	(void)arguments, (void)model;
	return false;
}
