/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * In place of src/fw/fw_cfg.c: the host's files are what the test has added.
 */
#ifndef PETREL_FAKE_FW_CFG_H
#define PETREL_FAKE_FW_CFG_H

#include <stddef.h>
#include <stdint.h>

#include "fw/fw_cfg.h"

/* No files. */
void fake_fw_cfg_reset(void);

/* Adds a file of `size` bytes, with a copy of `content` (NULL: zeros). A file
 * larger than any memory may have no content. */
void fake_fw_cfg_add(const char *name, const void *content, uint32_t size);

/* Sets an item that has no name (enum fw_cfg_key), a number; 0 are the others. */
void fake_fw_cfg_set_number(uint16_t key, uint64_t value);

/* What a file holds now. */
const uint8_t *fake_fw_cfg_content(const char *name);

/* Makes every later read, or write, fail. */
extern bool fake_fw_cfg_read_fails, fake_fw_cfg_write_fails;

#endif
