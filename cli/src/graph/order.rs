//! Layers of a graph, and an order within each that lets few edges cross.

use super::Graph;

/// A task, or a place where an edge passes a layer.
pub struct Vertex {
    /// Of a task.
    pub node: Option<usize>,
    pub layer: usize,
    pub above: Vec<usize>,
    pub below: Vec<usize>,
}

/// Every edge leads from one layer to the next.
pub struct Layers {
    pub vertices: Vec<Vertex>,
    /// Vertices from left to right, the first layer at the top.
    pub layers: Vec<Vec<usize>>,
    /// The vertices that each edge of the graph passes, both ends included.
    pub paths: Vec<Vec<usize>>,
}

/// Passes down and up over all layers; beyond these little changes.
const SWEEPS: usize = 8;

impl Layers {
    pub fn of(graph: &Graph) -> Self {
        let depth = depths(graph);
        let vertex = |(node, layer): (usize, &usize)| Vertex {
            node: Some(node),
            layer: *layer,
            above: Vec::new(),
            below: Vec::new(),
        };
        let vertices = depth.iter().enumerate().map(vertex).collect();
        let mut layers = Layers { vertices, layers: Vec::new(), paths: Vec::new() };
        for (from, to) in &graph.edges {
            layers.connect(*from, *to);
        }
        let count = layers.vertices.iter().map(|it| it.layer + 1).max().unwrap_or(0);
        layers.layers = vec![Vec::new(); count];
        for (number, vertex) in layers.vertices.iter().enumerate() {
            layers.layers[vertex.layer].push(number);
        }
        layers.untangle();
        layers
    }

    /// Puts a vertex into every layer between two tasks.
    fn connect(&mut self, from: usize, to: usize) {
        let mut path = vec![from];
        for layer in self.vertices[from].layer + 1..self.vertices[to].layer {
            path.push(self.vertices.len());
            self.vertices.push(Vertex { node: None, layer, above: Vec::new(), below: Vec::new() });
        }
        path.push(to);
        for pair in path.windows(2) {
            self.vertices[pair[0]].below.push(pair[1]);
            self.vertices[pair[1]].above.push(pair[0]);
        }
        self.paths.push(path);
    }

    /// Sorts each layer by where its neighbours are, back and forth, and keeps the best.
    fn untangle(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            let count = self.layers.len();
            let order: Vec<usize> =
                if down { (1..count).collect() } else { (0..count).rev().skip(1).collect() };
            for layer in order {
                self.sort(layer, down);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    fn sort(&mut self, layer: usize, by_above: bool) {
        let places = self.places();
        let weight = |(place, vertex): (usize, &usize)| {
            let vertex = &self.vertices[*vertex];
            let near = if by_above { &vertex.above } else { &vertex.below };
            match near.is_empty() {
                true => place as f64,
                false => near.iter().map(|it| places[*it] as f64).sum::<f64>() / near.len() as f64,
            }
        };
        let weights = self.layers[layer].iter().enumerate().map(weight);
        let mut sorted: Vec<(f64, usize)> =
            weights.zip(self.layers[layer].iter().copied()).collect();
        sorted.sort_by(|(left, _), (right, _)| left.total_cmp(right));
        self.layers[layer] = sorted.into_iter().map(|(_, vertex)| vertex).collect();
    }

    /// Each vertex' place in its layer.
    pub fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.vertices.len()];
        for layer in &self.layers {
            layer.iter().enumerate().for_each(|(place, vertex)| places[*vertex] = place);
        }
        places
    }

    /// Pairs of edges that cross.
    fn crossings(&self) -> usize {
        let places = self.places();
        let of_layer = |layer: &Vec<usize>| {
            let mut ends = Vec::new();
            for vertex in layer {
                let mut below: Vec<usize> =
                    self.vertices[*vertex].below.iter().map(|it| places[*it]).collect();
                below.sort_unstable();
                ends.extend(below);
            }
            inversions(&mut ends)
        };
        self.layers.iter().map(of_layer).sum()
    }
}

/// The longest way from a task that waits for nothing.
fn depths(graph: &Graph) -> Vec<usize> {
    let mut depths = vec![0; graph.nodes.len()];
    // Each round settles at least one more layer.
    for _ in 0..graph.nodes.len() {
        let mut settled = true;
        for (from, to) in &graph.edges {
            if depths[*to] <= depths[*from] {
                depths[*to] = depths[*from] + 1;
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    depths
}

/// Pairs in the wrong order, counted while sorting.
fn inversions(list: &mut [usize]) -> usize {
    if list.len() < 2 {
        return 0;
    }
    let (left, right) = list.split_at_mut(list.len() / 2);
    let mut count = inversions(left) + inversions(right);
    let (mut merged, mut next) = (Vec::with_capacity(left.len() + right.len()), 0);
    for (done, value) in left.iter().enumerate() {
        while next < right.len() && right[next] < *value {
            merged.push(right[next]);
            count += left.len() - done;
            next += 1;
        }
        merged.push(*value);
    }
    merged.extend_from_slice(&right[next..]);
    list.copy_from_slice(&merged);
    count
}

#[cfg(test)]
mod tests {
    use super::super::tests::diamond;
    use super::*;

    #[test]
    fn a_task_lies_below_all_it_waits_for() {
        let layers = Layers::of(&diamond());
        let of_node = |node: usize| layers.vertices[node].layer;
        assert_eq!([0, 1, 2, 3, 4, 5].map(of_node), [0, 1, 1, 2, 3, 0]);
        assert_eq!(layers.paths[5].len(), 4, "the long edge passes two layers");
        for path in &layers.paths {
            for pair in path.windows(2) {
                assert_eq!(layers.vertices[pair[1]].layer, layers.vertices[pair[0]].layer + 1);
            }
        }
    }

    #[test]
    fn what_can_lie_untangled_does() {
        let node = diamond().nodes[0].clone();
        let edges = vec![(0, 5), (1, 4), (2, 3)];
        let graph = Graph { title: String::new(), nodes: vec![node; 6], edges };
        assert_eq!(Layers::of(&graph).crossings(), 0);
    }

    #[test]
    fn inversions_are_pairs_in_the_wrong_order() {
        assert_eq!(inversions(&mut [3, 1, 2]), 2);
        assert_eq!(inversions(&mut [1, 1, 1]), 0);
        assert_eq!(inversions(&mut [4, 3, 2, 1]), 6);
    }
}
