#include "CLEMON.h"

#include <lemon/config.h>
#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>
#include <utility>
#include <vector>

namespace {

CLEMONStatus transport(int sources, const int64_t *supply, int sinks, const int64_t *demand, const int64_t *cost,
                       int64_t *flow) {
    std::vector<std::pair<int, int>> ends;
    ends.reserve(size_t(sources) * size_t(sinks));
    for (int i = 0; i < sources; i++)
        for (int j = 0; j < sinks; j++) ends.emplace_back(i, sources + j);
    lemon::StaticDigraph graph;
    // Arcs are numbered in the order in which they are given.
    graph.build(sources + sinks, ends.begin(), ends.end());

    lemon::StaticDigraph::ArcMap<int64_t> costs(graph);
    for (int arc = 0; arc < graph.arcNum(); arc++) costs[graph.arc(arc)] = cost[arc];
    lemon::StaticDigraph::NodeMap<int64_t> supplies(graph);
    for (int i = 0; i < sources; i++) supplies[graph.node(i)] = supply[i];
    for (int j = 0; j < sinks; j++) supplies[graph.node(sources + j)] = -demand[j];

    lemon::NetworkSimplex<lemon::StaticDigraph, int64_t, int64_t> simplex(graph);
    simplex.costMap(costs).supplyMap(supplies);
    if (simplex.run() != simplex.OPTIMAL) return CLEMONInfeasible;
    for (int arc = 0; arc < graph.arcNum(); arc++) flow[arc] = simplex.flow(graph.arc(arc));
    return CLEMONSuccess;
}

}  // namespace

const char *CLEMONVersion(void) { return LEMON_VERSION; }

CLEMONStatus CLEMONTransport(int sources, const int64_t *supply, int sinks, const int64_t *demand, const int64_t *cost,
                             int64_t *flow) {
    int64_t balance = 0;
    for (int i = 0; i < sources; i++) balance += supply[i];
    for (int j = 0; j < sinks; j++) balance -= demand[j];
    if (balance != 0) return CLEMONInfeasible;
    // No C++ exception may reach Swift.
    try {
        return transport(sources, supply, sinks, demand, cost, flow);
    } catch (...) {
        return CLEMONFailure;
    }
}
