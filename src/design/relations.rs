//! Relations: which entity belongs to which, as a graph without cycles.

use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::DiGraph;

use super::{Design, EntityId};

/// Fills in the parents of every entity and finds circles.
pub(super) fn relate(design: &mut Design<'_>) {
    let names = &design.model.entities;
    for entity in &mut design.entities {
        for (parent, children) in &entity.entity.belongs_to.0 {
            if let Some(id) = names.get_index_of(parent.as_str()).map(EntityId) {
                let average = children.as_ref().and_then(|c| c.average).map(|count| count.0);
                let most = children.as_ref().and_then(|c| c.max).map(|count| count.0);
                entity.parents.push((id, average, most));
            }
        }
    }
    design.cycles = circles(design);
}

/// The relation graph: an edge from each parent to its child.
fn graph(design: &Design<'_>) -> DiGraph<EntityId, ()> {
    let edges: usize = design.entities.iter().map(|entity| entity.parents.len()).sum();
    let mut graph = DiGraph::with_capacity(design.entities.len(), edges);
    let nodes: Vec<_> = (0..design.entities.len()).map(|index| graph.add_node(EntityId(index))).collect();
    for (child, entity) in nodes.iter().zip(&design.entities) {
        for (parent, ..) in &entity.parents {
            if let Some(parent) = nodes.get(parent.0) {
                graph.add_edge(*parent, *child, ());
            }
        }
    }
    graph
}

/// The entities, parents before their children. Where there is a circle, nothing follows from it, and
/// they stand as they are written.
pub(super) fn parents_first(design: &Design<'_>) -> Vec<EntityId> {
    let graph = graph(design);
    match toposort(&graph, None) {
        Ok(nodes) => nodes.into_iter().filter_map(|node| graph.node_weight(node).copied()).collect(),
        Err(_) => (0..design.entities.len()).map(EntityId).collect(),
    }
}

/// Kosaraju's algorithm works without recursion, so no chain of relations can exhaust the stack.
fn circles(design: &Design<'_>) -> Vec<Vec<EntityId>> {
    let graph = graph(design);
    let mut circles: Vec<Vec<EntityId>> = kosaraju_scc(&graph)
        .into_iter()
        .filter(|nodes| nodes.len() > 1 || nodes.first().is_some_and(|node| graph.contains_edge(*node, *node)))
        .map(|nodes| {
            let mut ids: Vec<EntityId> =
                nodes.into_iter().filter_map(|node| graph.node_weight(node).copied()).collect();
            ids.sort_unstable();
            ids
        })
        .collect();
    circles.sort();
    circles
}
