//! A picture for pages and reports, light or dark as its reader likes.

use super::layout::{Layout, Spot};
use super::{Graph, Node};

const STYLE: &str = "\
text { font: 13px ui-monospace, monospace; fill: #1b1f24; text-anchor: middle; dominant-baseline: central }
text.place { font-size: 11px; fill: #57606a }
rect { fill: #ffffff; stroke: #57606a; stroke-width: 1.2 }
path { fill: none; stroke: #8c959f; stroke-width: 1.2; marker-end: url(#end) }
marker path { fill: #8c959f; stroke: none; marker-end: none }
.succeeded rect { stroke: #1a7f37; stroke-width: 2 }
.running rect { stroke: #0969da; stroke-width: 2 }
.failed rect, .timed_out rect, .lost rect, .refused rect { stroke: #cf222e; stroke-width: 2 }
.cancelled rect { stroke: #bc4c00; stroke-width: 2 }
.skipped rect { stroke-dasharray: 4 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } text.place { fill: #8d96a0 } rect { fill: #161b22 }
}
";

pub fn draw(graph: &Graph) -> String {
    let layout = Layout::of(graph);
    let (width, height) = (layout.width.ceil(), layout.height.ceil());
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n\
         <defs><marker id=\"end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
        escaped(&graph.title)
    );
    layout.paths.iter().for_each(|path| text += &curve(path));
    graph.nodes.iter().zip(&layout.spots).for_each(|(node, spot)| text += &task(node, spot));
    text + "</svg>\n"
}

/// Through all points, upright at each.
fn curve(points: &[(f64, f64)]) -> String {
    let Some(((x, y), rest)) = points.split_first() else { return String::new() };
    let mut line = format!("M{x:.1} {y:.1}");
    let mut from = (*x, *y);
    for (x, y) in rest {
        let middle = f64::midpoint(from.1, *y);
        line += &format!("C{:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {y:.1}", from.0);
        from = (*x, *y);
    }
    format!("<path d=\"{line}\"/>\n")
}

fn task(node: &Node, spot: &Spot) -> String {
    let Spot { x, y, width, height } = spot;
    let (left, top) = (x - width / 2.0, y - height / 2.0);
    let class = node.status.map(|status| format!(" class=\"{status}\"")).unwrap_or_default();
    let title = node.status.map(|status| format!("<title>{status}</title>")).unwrap_or_default();
    let above = if node.place.is_some() { y - 8.0 } else { *y };
    let place = node.place.as_ref().map(|place| {
        format!(
            "<text class=\"place\" x=\"{x:.1}\" y=\"{:.1}\">@{}</text>",
            y + 9.0,
            escaped(place)
        )
    });
    format!(
        "<g{class}>{title}<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
         rx=\"6\"/><text x=\"{x:.1}\" y=\"{above:.1}\">{}</text>{}</g>\n",
        escaped(&node.name),
        place.unwrap_or_default()
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::diamond;
    use super::*;

    #[test]
    fn every_task_and_edge_is_drawn_and_names_are_text() {
        let mut graph = diamond();
        graph.nodes[5].name = "<script>&".into();
        let svg = draw(&graph);
        assert_eq!(svg.matches("<rect").count(), 6);
        assert_eq!(svg.matches("<path d=").count(), 6 + 1, "edges and the arrow's head");
        assert!(svg.contains("<g class=\"failed\"><title>failed</title>"), "{svg}");
        assert!(svg.contains("&lt;script&gt;&amp;") && !svg.contains("<script>"), "{svg}");
        assert!(svg.contains(">@role=web</text>"), "{svg}");
    }

    #[test]
    fn a_curve_passes_all_points() {
        insta::assert_snapshot!(
            curve(&[(0.0, 0.0), (10.0, 20.0), (10.0, 40.0)]).trim(),
            @r#"<path d="M0.0 0.0C0.0 10.0 10.0 10.0 10.0 20.0C10.0 30.0 10.0 30.0 10.0 40.0"/>"#
        );
    }
}
