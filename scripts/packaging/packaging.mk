# SPDX-License-Identifier: LGPL-3.0-or-later
# Installing, the source tarball, packages. docs/packaging.md says more.

INSTALL ?= install
PREFIX ?= /usr/local
DATADIR ?= $(PREFIX)/share
# libvirt looks for descriptors in /usr/share and /etc, not in /usr/local.
DESCRIPTORDIR ?= $(if $(filter /usr/local,$(PREFIX)),/etc,$(DATADIR))/qemu/firmware

packaging := scripts/packaging
DESCRIPTOR := 50-petrel-microvm.json
# As Debian and RPM have it: ~ sorts before what it follows, - is theirs.
PACKAGE_VERSION := $(shell echo '$(VERSION)' | sed 's/-rc/~rc/; s/-/+/; s/-/./g')
TARBALL := $(BUILD)/petrel-$(VERSION).tar.gz

$(BUILD)/$(DESCRIPTOR): $(packaging)/$(DESCRIPTOR) FORCE
	@mkdir -p $(@D)
	sed 's,@DATADIR@,$(DATADIR),' $< > $@

.PHONY: install uninstall dist deb rpm
install: $(ROM) $(VGA_ROMS) $(BUILD)/$(DESCRIPTOR)
	$(INSTALL) -d $(DESTDIR)$(DATADIR)/petrel $(DESTDIR)$(DESCRIPTORDIR)
	$(INSTALL) -m 644 $(ROM) $(VGA_ROMS) $(DESTDIR)$(DATADIR)/petrel/
	$(INSTALL) -m 644 $(BUILD)/$(DESCRIPTOR) $(DESTDIR)$(DESCRIPTORDIR)/

uninstall:
	rm -f $(addprefix $(DESTDIR)$(DATADIR)/petrel/,$(notdir $(ROM) $(VGA_ROMS))) \
		$(DESTDIR)$(DESCRIPTORDIR)/$(DESCRIPTOR)
	-rmdir $(DESTDIR)$(DATADIR)/petrel

# No dependencies: what is in it and its version may change at any time.
dist:
	scripts/dist $(TARBALL)

deb-tree := $(BUILD)/deb/petrel-$(PACKAGE_VERSION)
deb: dist
	rm -rf $(BUILD)/deb
	mkdir -p $(deb-tree)
	cp $(TARBALL) $(BUILD)/deb/petrel_$(PACKAGE_VERSION).orig.tar.gz
	tar -xzf $(TARBALL) -C $(deb-tree) --strip-components=1
	cp -r $(packaging)/debian $(deb-tree)/
	sed -i "s/@VERSION@/$(PACKAGE_VERSION)/; s/@DATE@/$$(date -R -u -r $(deb-tree)/.version)/" \
		$(deb-tree)/debian/changelog
	cd $(deb-tree) && dpkg-buildpackage -us -uc $(DEB_OPTS)

rpm: dist
	rpmbuild -ba --define '_topdir $(abspath $(BUILD))/rpm' --define '_sourcedir $(abspath $(BUILD))' \
		--define 'petrel_version $(VERSION)' --define 'package_version $(PACKAGE_VERSION)' \
		$(RPM_OPTS) $(packaging)/petrel.spec
