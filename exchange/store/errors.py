"""What can go wrong with the file, as exceptions whose message is a sentence for whoever operates the exchange."""


class StoreError(Exception):
    """The file cannot be used; nothing was written."""


class StoreLocked(StoreError):
    """Another process has the file open as its exchange."""


class StoreMissing(StoreError):
    """There is no exchange in this place, and none was to be made."""


class StoreTooNew(StoreError):
    """The file was written by a newer program, whose tables this one does not know."""


class StoreBroken(Exception):
    """A write failed. Memory is ahead of the disk now, and what a failed COMMIT left behind is unknown.

    Never an answer to a request: the process must end, and whoever starts next reads from the file what is true.
    """
