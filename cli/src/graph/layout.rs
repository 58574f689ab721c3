//! Places on the plane: layers from top to bottom, tasks near what they wait for, none upon another.

use super::order::Layers;
use super::{Graph, Node};
use crate::output::text::width;

/// A box around a middle, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

pub struct Layout {
    /// Of each node.
    pub spots: Vec<Spot>,
    /// The points that each edge passes, from the lower side of one box to the upper one of another.
    pub paths: Vec<Vec<(f64, f64)>>,
    pub width: f64,
    pub height: f64,
}

/// Of a character of the monospaced font in 13 pixels.
pub const CHARACTER: f64 = 7.8;
pub const MARGIN: f64 = 16.0;
const PADDING: f64 = 12.0;
const LINE: f64 = 18.0;
const BETWEEN: f64 = 24.0;
const BETWEEN_LAYERS: f64 = 44.0;
/// Passes that draw boxes towards their neighbours.
const PULLS: usize = 12;

impl Layout {
    pub fn of(graph: &Graph) -> Self {
        let layers = Layers::of(graph);
        let mut spots = sized(graph, &layers);
        for layer in &layers.layers {
            in_a_row(layer, &mut spots);
        }
        for pull in 0..PULLS {
            for layer in &layers.layers {
                straighten(&layers, layer, pull % 2 == 0, &mut spots);
            }
        }
        stack(&layers, &mut spots);
        finish(graph, &layers, spots)
    }
}

fn sized(graph: &Graph, layers: &Layers) -> Vec<Spot> {
    let of_vertex = |vertex: &super::order::Vertex| {
        let (width, height) = vertex.node.map_or((0.0, 0.0), |node| size(&graph.nodes[node]));
        Spot { x: 0.0, y: 0.0, width, height }
    };
    layers.vertices.iter().map(of_vertex).collect()
}

fn size(node: &Node) -> (f64, f64) {
    let place = node.place.as_ref().map_or(0, |place| width(place) + 1);
    let columns = width(&node.name).max(place).max(3) as f64;
    let lines = 1.0 + f64::from(u8::from(node.place.is_some()));
    (columns * CHARACTER + 2.0 * PADDING, lines * LINE + PADDING)
}

fn in_a_row(layer: &[usize], spots: &mut [Spot]) {
    let mut x = 0.0;
    for vertex in layer {
        let spot = &mut spots[*vertex];
        spot.x = x + spot.width / 2.0;
        x += spot.width + BETWEEN;
    }
}

/// Moves each towards the middle of its neighbours, as far as those beside it let it.
fn straighten(layers: &Layers, layer: &[usize], by_above: bool, spots: &mut [Spot]) {
    let wish = |vertex: usize, spots: &[Spot]| {
        let it = &layers.vertices[vertex];
        let near = if by_above { &it.above } else { &it.below };
        let near =
            if near.is_empty() { if by_above { &it.below } else { &it.above } } else { near };
        match near.is_empty() {
            true => spots[vertex].x,
            false => near.iter().map(|it| spots[*it].x).sum::<f64>() / near.len() as f64,
        }
    };
    let wishes: Vec<f64> = layer.iter().map(|vertex| wish(*vertex, spots)).collect();
    let apart =
        |left: usize, right: usize| (spots[left].width + spots[right].width) / 2.0 + BETWEEN;
    let gaps: Vec<f64> = layer.windows(2).map(|pair| apart(pair[0], pair[1])).collect();
    let mut from_left = wishes.clone();
    for index in 1..from_left.len() {
        from_left[index] = from_left[index].max(from_left[index - 1] + gaps[index - 1]);
    }
    let mut from_right = wishes;
    for index in (1..from_right.len()).rev() {
        from_right[index - 1] = from_right[index - 1].min(from_right[index] - gaps[index - 1]);
    }
    for (index, vertex) in layer.iter().enumerate() {
        spots[*vertex].x = f64::midpoint(from_left[index], from_right[index]);
    }
}

fn stack(layers: &Layers, spots: &mut [Spot]) {
    let mut top = MARGIN;
    for layer in &layers.layers {
        let height = layer.iter().map(|vertex| spots[*vertex].height).fold(0.0, f64::max);
        layer.iter().for_each(|vertex| spots[*vertex].y = top + height / 2.0);
        top += height + BETWEEN_LAYERS;
    }
}

fn finish(graph: &Graph, layers: &Layers, mut spots: Vec<Spot>) -> Layout {
    let left = spots.iter().map(|spot| spot.x - spot.width / 2.0).fold(f64::INFINITY, f64::min);
    spots.iter_mut().for_each(|spot| spot.x += MARGIN - left);
    let right = spots.iter().map(|spot| spot.x + spot.width / 2.0).fold(0.0, f64::max);
    let bottom = spots.iter().map(|spot| spot.y + spot.height / 2.0).fold(0.0, f64::max);
    let path = |path: &Vec<usize>| {
        let middle = |vertex: &usize| (spots[*vertex].x, spots[*vertex].y);
        let mut points: Vec<(f64, f64)> = path.iter().map(middle).collect();
        if let (Some(from), Some(to)) = (path.first(), path.last()) {
            let last = points.len() - 1;
            points[0].1 += spots[*from].height / 2.0;
            points[last].1 -= spots[*to].height / 2.0;
        }
        points
    };
    Layout {
        paths: layers.paths.iter().map(path).collect(),
        width: right + MARGIN,
        height: bottom + MARGIN,
        spots: spots[..graph.nodes.len()].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::diamond;
    use super::*;

    fn apart(left: &Spot, right: &Spot) -> bool {
        (left.x - right.x).abs() >= (left.width + right.width) / 2.0
            || (left.y - right.y).abs() >= (left.height + right.height) / 2.0
    }

    #[test]
    fn no_box_lies_upon_another_and_all_are_on_the_page() {
        let node = |number: usize| Node {
            name: "x".repeat(number % 7 + 1),
            place: number.is_multiple_of(3).then(|| "role=web".to_owned()),
            status: None,
        };
        let count = 60;
        let graph = Graph {
            title: String::new(),
            nodes: (0..count).map(node).collect(),
            edges: (1..count)
                .flat_map(|to| [(to / 2, to), (to / 3, to)])
                .filter(|(a, b)| a != b)
                .collect(),
        };
        let Layout { spots, width, height, .. } = Layout::of(&graph);
        for (number, spot) in spots.iter().enumerate() {
            assert!(
                spot.x - spot.width / 2.0 >= MARGIN - 0.01 && spot.x + spot.width / 2.0 < width
            );
            assert!(
                spot.y - spot.height / 2.0 >= MARGIN - 0.01 && spot.y + spot.height / 2.0 < height
            );
            for other in &spots[..number] {
                assert!(apart(spot, other), "{spot:?} {other:?}");
            }
        }
    }

    #[test]
    fn edges_lead_downwards_from_box_to_box() {
        let graph = diamond();
        let layout = Layout::of(&graph);
        for (path, (from, to)) in layout.paths.iter().zip(&graph.edges) {
            let (first, last) = (path[0], path[path.len() - 1]);
            let (from, to) = (layout.spots[*from], layout.spots[*to]);
            assert_eq!(first, (from.x, from.y + from.height / 2.0));
            assert_eq!(last, (to.x, to.y - to.height / 2.0));
            assert!(path.windows(2).all(|pair| pair[0].1 < pair[1].1), "{path:?}");
        }
    }
}
