"""The scheduler: a loop around two use cases. Any number may run; the store's rows decide who does what."""
