//! Rules and tables: intervals to attribute candidates with evidence.
