//! Who makes room: how much has been silent for how long, and the age from which
//! on it has to go.

use model::Time;

/// Buckets: eight to a doubling of seconds.
const BUCKETS: usize = 64 * 8;

/// How many rows, and how many bytes of text, are of which age.
pub struct Ages {
    now: Time,
    /// Younger ones stay whatever comes, in nanoseconds.
    least: u64,
    rows: Box<[[u64; 2]; BUCKETS]>,
}

/// Larger for longer ago; within an eighth, equal.
fn bucket(nanos: u64) -> usize {
    let seconds = nanos / Time::SECOND;
    let octave = seconds.checked_ilog2().unwrap_or(0);
    let part = if octave >= 3 { seconds >> (octave - 3) } else { seconds << (3 - octave) };
    (octave as usize * 8 + (part & 7) as usize).min(BUCKETS - 1)
}

/// What has to go: the oldest, until so many rows and bytes have gone.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    now: Time,
    bucket: usize,
    /// Rows and bytes that are still wanted.
    pub wanted: [u64; 2],
}

impl Cut {
    /// True when a row that was heard last then, with so much text, has to go; counts it.
    pub fn takes(&mut self, last: Time, bytes: usize) -> bool {
        let takes = self.wanted != [0; 2] && bucket(self.now.since(last)) >= self.bucket;
        if takes {
            let [rows, text] = self.wanted;
            self.wanted = [rows.saturating_sub(1), text.saturating_sub(bytes as u64)];
        }
        takes
    }
}

impl Ages {
    /// Ages as of now; what was heard within `least` nanoseconds never goes.
    pub fn new(now: Time, least: u64) -> Ages {
        Ages { now, least, rows: Box::new([[0; 2]; BUCKETS]) }
    }

    /// A row that may go.
    pub fn add(&mut self, last: Time, bytes: usize) {
        let age = self.now.since(last);
        if age >= self.least {
            let [rows, text] = &mut self.rows[bucket(age)];
            *rows += 1;
            *text += bytes as u64;
        }
    }

    /// Where to cut so that this many rows and bytes go, or as many as there are;
    /// `None` when none is wanted or none may go.
    pub fn cut(&self, wanted: [u64; 2]) -> Option<Cut> {
        let mut sum = [0_u64; 2];
        let mut at = None;
        for (bucket, counts) in self.rows.iter().enumerate().rev() {
            if sum[0] >= wanted[0] && sum[1] >= wanted[1] {
                break;
            }
            if counts[0] != 0 {
                at = Some(bucket);
                sum = [sum[0] + counts[0], sum[1] + counts[1]];
            }
        }
        let wanted = [wanted[0].min(sum[0]), wanted[1].min(sum[1])];
        at.map(|bucket| Cut { now: self.now, bucket, wanted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::new(1_000_000, 0);

    fn ago(seconds: u64) -> Time {
        Time(NOW.0 - seconds * Time::SECOND)
    }

    #[test]
    fn buckets_grow_with_age() {
        let all: Vec<usize> = (0..100_000).map(|seconds| bucket(seconds * Time::SECOND)).collect();
        assert!(all.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(bucket(0), 0);
        assert!(bucket(u64::MAX) < BUCKETS);
        assert!(bucket(3_600 * Time::SECOND) > bucket(3_000 * Time::SECOND));
    }

    #[test]
    fn the_oldest_go_and_no_more_than_wanted() {
        let mut ages = Ages::new(NOW, 1_800 * Time::SECOND);
        let rows = [10, 1_000, 2_000, 4_000, 8_000, 16_000, 16_001];
        rows.iter().for_each(|age| ages.add(ago(*age), 10));
        let gone = |wanted| {
            let mut cut = ages.cut(wanted).unwrap();
            rows.iter().filter(|age| cut.takes(ago(**age), 10)).copied().collect::<Vec<_>>()
        };
        assert_eq!(gone([1, 0]), [16_000], "of one age, any");
        assert_eq!(gone([3, 0]), [8_000, 16_000, 16_001]);
        assert_eq!(gone([0, 25]), [8_000, 16_000, 16_001]);
        assert_eq!(gone([100, 0]), [2_000, 4_000, 8_000, 16_000, 16_001], "the young stay");
        assert!(ages.cut([0, 0]).is_none());
        assert!(Ages::new(NOW, 0).cut([5, 0]).is_none());
    }
}
