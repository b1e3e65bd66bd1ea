//! The engine as a whole: reports in, answers out.

mod answers;
mod judgements;
mod same;
mod trouble;
