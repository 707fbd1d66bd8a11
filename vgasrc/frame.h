/* SPDX-License-Identifier: LGPL-3.0-or-later */
/*
 * A caller's registers, on its stack, as entry.S pushes them: what is changed here is what
 * the caller gets back.
 */
#ifndef VGASRC_FRAME_H
#define VGASRC_FRAME_H

#include <stdint.h>

#define FRAME_REGISTER(name)                                                                       \
	union {                                                                                    \
		uint32_t e##name##x;                                                               \
		uint16_t name##x;                                                                  \
		struct {                                                                           \
			uint8_t name##l, name##h;                                                  \
		};                                                                                 \
	}
#define FRAME_INDEX(name)                                                                          \
	union {                                                                                    \
		uint32_t e##name;                                                                  \
		uint16_t name;                                                                     \
	}

struct frame {
	FRAME_INDEX(di);
	FRAME_INDEX(si);
	FRAME_INDEX(bp);
	uint32_t esp;
	FRAME_REGISTER(b);
	FRAME_REGISTER(d);
	FRAME_REGISTER(c);
	FRAME_REGISTER(a);
	uint16_t gs, fs, es, ds;
};

#endif
