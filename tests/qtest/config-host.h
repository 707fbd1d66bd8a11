/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* In place of what QEMU's configure finds out, as far as bios-tables-test asks. */
#define CONFIG_LINUX       1
#define CONFIG_POSIX       1
#define CONFIG_TCG         1
#define CONFIG_BYTESWAP_H  1
#define CONFIG_IOVEC       1
#define CONFIG_KVM_TARGETS ""
#define CONFIG_PREFIX      "/"
#define CONFIG_BINDIR      "/"
#define CONFIG_QEMU_MODDIR ""
#define HOST_X86_64        1
/* The version is compared by tests of migration only. */
#define QEMU_VERSION       "0.0"
#define QEMU_VERSION_MAJOR 0
#define QEMU_VERSION_MINOR 0
