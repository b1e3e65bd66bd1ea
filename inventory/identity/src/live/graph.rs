//! Which nodes hang together, while links come and go.
//!
//! A part is a set of linked nodes. A new link between two parts relabels the
//! smaller one into the larger, so a node is relabelled at most log n times.
//! When a link goes, its part is looked at anew by [`Graph::settle`], once for
//! all links that went.

use std::collections::{BTreeMap, BTreeSet};

/// Number of a node; those of nodes that went are used again.
pub type Node = u32;

/// Nodes, links and parts.
#[derive(Debug, Default)]
pub struct Graph {
    /// Every link, once from each end.
    links: BTreeSet<(Node, Node)>,
    /// Part of each node; [`NONE`]: it has no link.
    part_of: Vec<u64>,
    parts: BTreeMap<u64, Vec<Node>>,
    free: Vec<Node>,
    /// Parts that lost a link, to be looked at anew.
    broken: BTreeSet<u64>,
    /// Parts that may be another set now than when last drained, or were touched.
    touched: BTreeSet<u64>,
    /// Numbers of parts given out; none is given twice.
    given: u64,
}

/// No part.
const NONE: u64 = 0;

impl Graph {
    /// A new node without links.
    pub fn add(&mut self) -> Node {
        // A removed node's number stands in its old part until that is settled.
        if self.broken.is_empty()
            && let Some(node) = self.free.pop()
        {
            return node;
        }
        self.part_of.push(NONE);
        (self.part_of.len() - 1) as Node
    }

    /// Links two nodes; repeats do nothing.
    pub fn link(&mut self, a: Node, b: Node) {
        if a == b || !self.links.insert((a, b)) {
            return;
        }
        self.links.insert((b, a));
        match (self.label(a), self.label(b)) {
            (NONE, NONE) => {
                self.given += 1;
                self.parts.insert(self.given, vec![a, b]);
                self.set_label(a, self.given);
                self.set_label(b, self.given);
                self.touched.insert(self.given);
            }
            (NONE, part) => self.join(part, a),
            (part, NONE) => self.join(part, b),
            (one, other) if one != other => self.merge(one, other),
            (part, _) => {
                self.touched.insert(part);
            }
        }
    }

    fn join(&mut self, part: u64, node: Node) {
        self.parts.entry(part).or_default().push(node);
        self.set_label(node, part);
        self.touched.insert(part);
    }

    fn merge(&mut self, one: u64, other: u64) {
        let size = |part| self.parts.get(&part).map_or(0, Vec::len);
        let (large, small) = if size(one) >= size(other) { (one, other) } else { (other, one) };
        let moved = self.parts.remove(&small).unwrap_or_default();
        for node in &moved {
            self.set_label(*node, large);
        }
        self.parts.entry(large).or_default().extend(moved);
        self.touched.extend([large, small]);
        if self.broken.remove(&small) {
            self.broken.insert(large);
        }
    }

    /// Takes a link away; [`Graph::settle`] finds what hangs together then.
    pub fn unlink(&mut self, a: Node, b: Node) {
        if self.links.remove(&(a, b)) {
            self.links.remove(&(b, a));
            self.broken.insert(self.label(a));
        }
    }

    /// Takes a node away, with its links.
    pub fn remove(&mut self, node: Node) {
        for other in self.linked(node) {
            self.unlink(node, other);
        }
        let part = self.label(node);
        if part != NONE {
            self.broken.insert(part);
            self.set_label(node, NONE);
        }
        self.free.push(node);
    }

    /// Looks at parts that lost links: the largest piece keeps the number.
    pub fn settle(&mut self) {
        while let Some(part) = self.broken.pop_first() {
            let nodes = self.parts.remove(&part).unwrap_or_default();
            let nodes: Vec<Node> = nodes.into_iter().filter(|node| self.label(*node) == part).collect();
            for node in &nodes {
                self.set_label(*node, NONE);
            }
            self.touched.insert(part);
            let mut pieces: Vec<Vec<Node>> = Vec::new();
            for node in nodes {
                if self.label(node) == NONE && self.has_links(node) {
                    pieces.push(self.flood(node));
                }
            }
            let largest = (0..pieces.len()).max_by_key(|at| pieces.get(*at).map_or(0, Vec::len));
            for (at, piece) in pieces.into_iter().enumerate() {
                let number = if Some(at) == largest {
                    part
                } else {
                    self.given += 1;
                    self.given
                };
                for node in &piece {
                    self.set_label(*node, number);
                }
                self.parts.insert(number, piece);
                self.touched.insert(number);
            }
        }
    }

    /// Everything that hangs together with a node, labelled for now.
    fn flood(&mut self, start: Node) -> Vec<Node> {
        let mut piece = vec![start];
        self.set_label(start, FLOODED);
        let mut at = 0;
        while let Some(node) = piece.get(at).copied() {
            at += 1;
            for other in self.linked(node) {
                if self.label(other) != FLOODED {
                    self.set_label(other, FLOODED);
                    piece.push(other);
                }
            }
        }
        piece
    }

    /// Nodes linked to this one, in order of number.
    pub fn linked(&self, node: Node) -> Vec<Node> {
        self.links.range((node, 0)..=(node, Node::MAX)).map(|(_, other)| *other).collect()
    }

    /// True when the node has a link.
    pub fn has_links(&self, node: Node) -> bool {
        self.links.range((node, 0)..=(node, Node::MAX)).next().is_some()
    }

    /// The part of a node; `None` without links.
    pub fn part(&self, node: Node) -> Option<u64> {
        Some(self.label(node)).filter(|part| *part != NONE)
    }

    /// Nodes of a part, in no particular order.
    pub fn nodes(&self, part: u64) -> &[Node] {
        self.parts.get(&part).map_or(&[], Vec::as_slice)
    }

    /// All parts.
    pub fn parts(&self) -> impl Iterator<Item = u64> {
        self.parts.keys().copied()
    }

    /// Notes that something of a node's part changed.
    pub fn touch(&mut self, node: Node) {
        self.touched.extend(self.part(node));
    }

    /// The same of a part, if it is still there.
    pub fn touch_part(&mut self, part: u64) {
        if self.parts.contains_key(&part) {
            self.touched.insert(part);
        }
    }

    /// The same for every part.
    pub fn touch_all(&mut self) {
        self.touched.extend(self.parts.keys());
    }

    /// Parts touched since this was asked last; those that are no more have no nodes.
    pub fn drain(&mut self) -> BTreeSet<u64> {
        std::mem::take(&mut self.touched)
    }

    fn label(&self, node: Node) -> u64 {
        self.part_of.get(node as usize).copied().unwrap_or(NONE)
    }

    fn set_label(&mut self, node: Node, part: u64) {
        if let Some(label) = self.part_of.get_mut(node as usize) {
            *label = part;
        }
    }
}

/// Being looked at.
const FLOODED: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_those_of_a_flood(
            steps in proptest::collection::vec((0..9u8, 0..NODES, 0..NODES), 0..80),
        ) {
            let mut graph = Graph::default();
            (0..NODES).for_each(|_| {
                graph.add();
            });
            let mut links: Vec<(u32, u32)> = Vec::new();
            let mut known: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
            for (what, a, b) in steps {
                match what {
                    // Often of few nodes, so that links close circles.
                    0..4 if a != b => {
                        let (a, b) = if what < 2 { (a, b) } else { (a / 6 * 6, b) };
                        graph.link(a, b);
                        links.extend((a != b).then_some((a, b)));
                    }
                    4..7 if !links.is_empty() => {
                        let (a, b) = links[a as usize % links.len()];
                        graph.unlink(a, b);
                        links.retain(|link| *link != (a, b) && *link != (b, a));
                    }
                    7 => {
                        graph.remove(a);
                        links.retain(|(x, y)| *x != a && *y != a);
                        graph.settle();
                        prop_assert_eq!(graph.add(), a);
                    }
                    // Others wait, so that links come and go before a part is settled.
                    _ => {
                        graph.settle();
                        look(&mut graph, &mut known);
                    }
                }
            }
            graph.settle();
            look(&mut graph, &mut known);
            let mut want: BTreeSet<BTreeSet<u32>> = BTreeSet::new();
            for start in 0..NODES {
                let mut piece = BTreeSet::from([start]);
                let leads_out = |piece: &BTreeSet<u32>| {
                    let out = links.iter().find(|(x, y)| piece.contains(x) != piece.contains(y));
                    out.copied()
                };
                while let Some((x, y)) = leads_out(&piece) {
                    piece.extend([x, y]);
                }
                want.extend((piece.len() > 1).then_some(piece));
            }
            prop_assert_eq!(known.len(), want.len());
            prop_assert_eq!(known.into_values().collect::<BTreeSet<_>>(), want);
        }
    }

    const NODES: u32 = 24;

    /// Takes in what was touched, and nothing else.
    fn look(graph: &mut Graph, known: &mut BTreeMap<u64, BTreeSet<u32>>) {
        for part in graph.drain() {
            match graph.nodes(part) {
                [] => known.remove(&part),
                nodes => known.insert(part, nodes.iter().copied().collect()),
            };
        }
    }
}
