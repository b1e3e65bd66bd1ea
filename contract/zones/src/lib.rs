//! Configuration of address space: the network of a frame, the zone of an address, and why.
