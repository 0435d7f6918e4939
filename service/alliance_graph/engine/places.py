"""The descriptors that a worker may have beside its own socket, for clients' connections that it is lent."""

from __future__ import annotations

import os
import socket

MOST_CLIENTS = 32
"""How many clients' connections a worker may have at the same time."""


class Places:
    """Places for descriptors, of which none is ever free while a query is evaluated: the worker's own socket fills those that are empty."""

    def __init__(self, own: socket.socket) -> None:
        """Fill all of them.

        Args:
            own: the worker's socket.
        """
        self._own = own.fileno()
        self._empty = [os.dup(self._own) for _ in range(MOST_CLIENTS)][::-1]
        self.last = self._empty[0]
        """The highest of the descriptors."""

    def open(self) -> None:
        """Leave a place for the next descriptor that comes.

        Raises:
            IndexError: there is none.
        """
        os.close(self._empty.pop())

    def close(self, descriptor: int) -> None:
        """Close a client's connection and fill its place."""
        os.dup2(self._own, descriptor)
        self._empty.append(descriptor)
