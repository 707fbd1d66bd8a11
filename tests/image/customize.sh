#!/bin/sh
# SPDX-License-Identifier: LGPL-3.0-or-later
# Turns a fresh Debian into the test image: build-cloud-image runs this in the
# chroot. What is left out is what costs time at boot and tests nothing.

echo petrel > /etc/hostname
passwd --delete root

# With .updated no unit checks whether /usr is newer than what is made from it.
touch /etc/.updated /var/.updated

# Debian's kernel finds a microvm's disks by the DSDT, but only when the
# initramfs has the drivers; initramfs-tools does not know that it should.
printf '%s\n' virtio_mmio virtio_blk virtio_scsi sd_mod >> /etc/initramfs-tools/modules
update-initramfs -c -k all

mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\n' > /etc/systemd/journald.conf.d/petrel.conf

systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer \
    getty-static.service systemd-random-seed.service
