# SPDX-License-Identifier: LGPL-3.0-or-later
"""FAT volumes whose clusters can be changed."""
from __future__ import annotations

import random
import struct
from pathlib import Path

from images import patch


class Volume:
    def __init__(self, image: Path) -> None:
        self.image = image
        with open(image, "rb") as file:
            boot = file.read(512)
        size, sectors, reserved, count, root, small, fat_sectors = struct.unpack_from(
            "<HBHBHHxH", boot, 11)
        large, large_fat = struct.unpack_from("<II", boot, 32)
        self.bits = 32
        data = reserved + count * (fat_sectors or large_fat) + -(-root * 32 // size)
        self.clusters = ((small or large) - data) // sectors
        if fat_sectors:
            self.bits = 16 if self.clusters > 4084 else 12
        self.fats = [(reserved + i * (fat_sectors or large_fat)) * size for i in range(count)]
        self.data = data * size
        self.cluster = size * sectors

    def offset(self, cluster: int) -> int:
        return self.data + (cluster - 2) * self.cluster

    def read(self, cluster: int) -> bytes:
        with open(self.image, "rb") as file:
            file.seek(self.offset(cluster))
            return file.read(self.cluster)

    def write(self, cluster: int, data: bytes) -> None:
        patch(self.image, self.offset(cluster), data)

    def set_next(self, cluster: int, value: int) -> None:
        self.set_many({cluster: value})

    def set_chain(self, clusters: list[int]) -> None:
        self.set_many(dict(zip(clusters, [*clusters[1:], 0x0FFFFFFF])))

    def set_many(self, values: dict[int, int]) -> None:
        """In all of the FATs; of a value as many bits as the FAT has."""
        for fat in self.fats:
            with open(self.image, "r+b") as file:
                file.seek(fat)
                table = bytearray(file.read((self.clusters + 2) * self.bits // 8 + 4))
                for cluster, value in values.items():
                    at, mask = cluster * self.bits // 8, (1 << self.bits) - 1
                    shift = 4 if self.bits == 12 and cluster % 2 else 0
                    word = int.from_bytes(table[at:at + 4], "little")
                    word = word & ~(mask << shift) | (value & mask) << shift
                    table[at:at + 4] = word.to_bytes(4, "little")
                file.seek(fat)
                file.write(table)


def fragment(image: Path, dice: random.Random) -> None:
    """Marks half of the clusters as taken, in runs of one to three."""
    volume = Volume(image)
    taken = {}
    cluster = 3
    while cluster < volume.clusters:
        for cluster in range(cluster, min(cluster + dice.randrange(1, 4), volume.clusters)):
            taken[cluster] = 0x0FFFFFFF
        cluster += dice.randrange(2, 5)
    volume.set_many(taken)
