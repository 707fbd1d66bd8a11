/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * See machine.h. The linker's --wrap puts the __wrap_ functions between the
 * sources and memory.c's allocators.
 */
#include "machine.h"

#include <sanitizer/asan_interface.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "memory.h"
#include "print.h"
#include "screen.h"
#include "version.h"

const char petrel_version[] = "Petrel";

uint8_t __attribute__((aligned(1 << 20))) machine_memory[MACHINE_MEMORY];

static char said[4096];
static size_t said_length;

void screen_print(const char *s, size_t length)
{
	if (length > sizeof(said) - 1 - said_length)
		length = sizeof(said) - 1 - said_length;
	memcpy(said + said_length, s, length);
	said_length += length;
	said[said_length] = '\0';
}

void log_text(const char *s, size_t length)
{
	(void)s;
	(void)length;
}

void log_line(enum log_level level, const char *form, ...)
{
	char line[160];
	va_list args;

	(void)level;
	va_start(args, form);
	format_args(line, sizeof(line), form, args);
	va_end(args);
}

static void forget(void)
{
	said_length = 0;
	said[0] = '\0';
}

bool machine_said(const char *text)
{
	bool found = strstr(said, text);

	if (!found)
		printf("said '%s', not '%s'\n", said, text);
	forget();
	return found;
}

bool machine_said_once(const char *text)
{
	const char *first = strstr(said, text);
	bool again = first && strstr(first + 1, text);

	if (again)
		printf("said '%s'\n", said);
	return machine_said(text) && !again;
}

bool machine_was_silent(void)
{
	bool silent = !said_length;

	if (!silent)
		printf("said '%s'\n", said);
	forget();
	return silent;
}

void *__real_heap_alloc(size_t size, size_t align);
void *__real_scratch_alloc(size_t size, size_t align);
void *__real_high_alloc(uint32_t size, uint32_t align);
void *__real_high_alloc_even(uint32_t size);
void *__wrap_heap_alloc(size_t size, size_t align);
void *__wrap_scratch_alloc(size_t size, size_t align);
void *__wrap_high_alloc(uint32_t size, uint32_t align);
void *__wrap_high_alloc_even(uint32_t size);

static void *given(void *memory, size_t size)
{
	if (memory)
		__asan_unpoison_memory_region(memory, size);
	return memory;
}

/* heap_alloc() itself clears what it returns; all that lies behind is free. */
void *__wrap_heap_alloc(size_t size, size_t align)
{
	uint8_t *next = __real_heap_alloc(0, 1), *end = machine_memory + ROM_BASE;
	uint8_t *memory;

	__asan_unpoison_memory_region(next, end - next);
	memory = __real_heap_alloc(size, align);
	if (memory)
		next = memory + size;
	__asan_poison_memory_region(next, end - next);
	return memory;
}

void *__wrap_scratch_alloc(size_t size, size_t align)
{
	return given(__real_scratch_alloc(size, align), size);
}

void *__wrap_high_alloc(uint32_t size, uint32_t align)
{
	return given(__real_high_alloc(size, align), size);
}

void *__wrap_high_alloc_even(uint32_t size)
{
	return given(__real_high_alloc_even(size), size);
}

void machine_reset(void)
{
	memory_init();
	high_init(MACHINE_MEMORY);
	forget();
	__asan_poison_memory_region(machine_memory + SCRATCH_BASE, SCRATCH_END - SCRATCH_BASE);
	__asan_poison_memory_region(machine_memory + MACHINE_HEAP, ROM_BASE - MACHINE_HEAP);
	__asan_poison_memory_region(machine_memory + (1 << 20), MACHINE_MEMORY - (1 << 20));
}

void machine_end_of_post(void)
{
	__asan_unpoison_memory_region(machine_memory, ROM_BASE);
	__asan_unpoison_memory_region(machine_memory + (1 << 20), high_start() - (1 << 20));
}
