/* SPDX-License-Identifier: LGPL-3.0-or-later */
/* Data objects with every form of length and element. */
DefinitionBlock ("", "DSDT", 2, "PETREL", "DATA", 1)
{
	Name (SIZE, 4)
	Method (LENG, 1) { Return (Arg0) }
	Name (BUF0, Buffer () {})
	Name (BUF1, Buffer (SIZE) { 0x5B, 0x82, 0x10 })
	Name (BUF2, Buffer (LENG (4)) { 0x5B, 0x82 })
	Name (BUF3, Buffer (Add (SIZE, LENG (SIZE))) {})
	Name (BUF4, Buffer (300) { 1 })
	Name (BUF5, Buffer (0x12345) { "string in a buffer" })
	Name (BUF6, Unicode ("wide"))
	Name (BUF7, ToUUID ("33DB4D5B-1FF7-401C-9657-7441C03DD766"))
	Device (BUFS) {}
	Name (PKG0, Package () {})
	Name (PKG1, Package (10) { 1, 2 })
	Name (PKG2, Package (SIZE) { 1, 2 })
	Name (PKG3, Package (LENG (3)) { 1, BUF0, "x", Buffer (SIZE) { 1 }, Package () { LENG } })
	Name (PKG4, Package () { \_SB.NOPE.NONE, BUF0, Zero, One, Ones, 0xFFFFFFFFFFFFFFFF, Revision })
	Name (PKG5, Package (300) { 0x5B82 })
	Name (PKG6, Package () { Package () { Package () { Package () { Package () { 1 } } } } })
	Device (PKGS) {}
	Name (STR0, "")
	Name (STR1, "\x5B\x7F\x10[A")
	Name (NUMS, 0xFF)
	Name (NUMW, 0xFFFF)
	Name (NUMD, 0x5B82105B)
	Name (NUMQ, 0x5B82105B5B82105B)
	Device (NUMB) {}
}
