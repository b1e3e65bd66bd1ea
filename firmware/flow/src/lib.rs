//! Flow table, timer wheel and bounded reassembly.
