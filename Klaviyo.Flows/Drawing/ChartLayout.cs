namespace Klaviyo.Flows.Drawing;

/// <summary>Places boxes in layers, top to bottom, and leads the ways between them.</summary>
/// <remarks>
/// <para>After Sugiyama: ways that go back are turned; a box stands one layer below the last that leads to it; every layer that a way
/// passes through gets a place for it, and its label is such a place, with a width; places are ordered by the middle of their
/// neighbours, some times down and up; then each is moved as near to that middle as the order lets it.</para>
/// <para>Boxes stand in even layers, labels in odd ones. A way crosses a layer straight down inside of its own place, and goes aslant
/// only between layers: so it touches no box but its own. All is in whole pixels.</para>
/// </remarks>
internal sealed class ChartLayout
{
    private const int Gap = 24;
    private const int LayerGap = 22;
    private const int Margin = 16;
    private const int Sweeps = 8;
    private const int ThroughWidth = 8;

    private readonly List<Place> _places = [];
    private readonly List<List<Place>> _layers = [];

    private ChartLayout()
    {
    }

    /// <summary>Gets the boxes, as they stand in the chart.</summary>
    internal IReadOnlyList<Place> Boxes { get; private set; } = [];

    /// <summary>Gets the ways, as they stand in the chart; one that leads to its own box has no places.</summary>
    internal IReadOnlyList<Route> Routes { get; private set; } = [];

    internal int Width { get; private set; }

    internal int Height { get; private set; }

    /// <summary>Lays a chart out.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="boxSize">How large each box is.</param>
    /// <param name="labelSize">How large each label is; nothing where there is none.</param>
    internal static ChartLayout Of(
        FlowChart chart, IReadOnlyList<(int Width, int Height)> boxSize, IReadOnlyList<(int Width, int Height)> labelSize)
    {
        var layout = new ChartLayout();
        var turned = Turned(chart);
        var layers = Layers(chart, turned);
        layout.Boxes = [.. chart.Boxes.Select((_, i) => layout.Add(2 * layers[i], boxSize[i]))];
        layout.Routes = [.. chart.Ways.Select((way, i) => layout.Lead(way, turned[i], labelSize[i]))];
        layout.Order();
        layout.PlaceAcross();
        layout.PlaceDown();
        return layout;
    }

    // Ways to a box that is being gone through from: they close circles. Without them the chart has none.
    private static bool[] Turned(FlowChart chart)
    {
        var turned = new bool[chart.Ways.Count];
        var from = chart.Ways.Select((way, i) => (way, i)).ToLookup(w => w.way.From);
        var state = new byte[chart.Boxes.Count];
        var open = new Stack<(int Box, IEnumerator<(ChartWay Way, int Index)> Ways)>();
        for (var root = 0; root < state.Length; root++)
        {
            if (state[root] == 0)
            {
                state[root] = 1;
                open.Push((root, from[root].GetEnumerator()));
            }

            while (open.TryPeek(out var top))
            {
                if (!top.Ways.MoveNext())
                {
                    state[top.Box] = 2;
                    open.Pop();
                    continue;
                }

                var (way, index) = top.Ways.Current;
                turned[index] = state[way.To] == 1;
                if (state[way.To] == 0)
                {
                    state[way.To] = 1;
                    open.Push((way.To, from[way.To].GetEnumerator()));
                }
            }
        }

        return turned;
    }

    private static int[] Layers(FlowChart chart, bool[] turned)
    {
        var ways = chart.Ways.Select((w, i) => turned[i] ? (From: w.To, To: w.From) : (w.From, w.To)).Where(w => w.From != w.To).ToList();
        var next = ways.ToLookup(w => w.From, w => w.To);
        var incoming = new int[chart.Boxes.Count];
        ways.ForEach(w => incoming[w.To]++);
        var layers = new int[chart.Boxes.Count];
        var open = new Queue<int>(Enumerable.Range(0, layers.Length).Where(i => incoming[i] == 0));
        while (open.TryDequeue(out var box))
        {
            foreach (var to in next[box])
            {
                layers[to] = Math.Max(layers[to], layers[box] + 1);
                if (--incoming[to] == 0)
                {
                    open.Enqueue(to);
                }
            }
        }

        return layers;
    }

    private Place Add(int layer, (int Width, int Height) size)
    {
        while (_layers.Count <= layer)
        {
            _layers.Add([]);
        }

        var place = new Place(layer, size.Width, size.Height) { Index = _layers[layer].Count };
        _places.Add(place);
        _layers[layer].Add(place);
        return place;
    }

    private Route Lead(ChartWay way, bool isTurned, (int Width, int Height) label)
    {
        if (way.From == way.To)
        {
            return new Route([], null, isTurned);
        }

        var (upper, lower) = isTurned ? (Boxes[way.To], Boxes[way.From]) : (Boxes[way.From], Boxes[way.To]);

        // The label stands beside the box that the way comes from.
        var labelled = label.Width == 0 ? -1 : isTurned ? lower.Layer - 1 : upper.Layer + 1;
        var (route, named) = (new List<Place> { upper }, default(Place));
        for (var layer = upper.Layer + 1; layer <= lower.Layer; layer++)
        {
            var place = layer == lower.Layer ? lower : Add(layer, layer == labelled ? label : (ThroughWidth, 0));
            named = layer == labelled ? place : named;
            route[^1].Below.Add(place);
            place.Above.Add(route[^1]);
            route.Add(place);
        }

        return new Route(route, named, isTurned);
    }

    private void Order()
    {
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var isDown = sweep % 2 == 0;
            foreach (var layer in isDown ? _layers : Enumerable.Reverse(_layers))
            {
                var ordered = layer
                    .OrderBy(p => Middle(isDown ? p.Above : p.Below, n => n.Index, p.Index)).ThenBy(p => p.Index).ToList();
                for (var i = 0; i < ordered.Count; i++)
                {
                    ordered[i].Index = i;
                }

                layer.Clear();
                layer.AddRange(ordered);
            }
        }
    }

    private static double Middle(List<Place> neighbours, Func<Place, double> of, double otherwise) =>
        neighbours.Count == 0 ? otherwise : neighbours.Average(of);

    private void PlaceAcross()
    {
        foreach (var layer in _layers)
        {
            Spread(layer, layer.Select(_ => 0d).ToArray());
        }

        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var isDown = sweep % 2 == 0;
            foreach (var layer in isDown ? _layers : Enumerable.Reverse(_layers))
            {
                Spread(layer, [.. layer.Select(p => Middle(isDown ? p.Above : p.Below, n => n.X, p.X))]);
            }
        }

        var left = _places.Min(p => p.X - Half(p));
        foreach (var place in _places)
        {
            place.X += Margin - left;
        }

        Width = _places.Max(p => p.X + Half(p)) + Margin;
    }

    // Each at its wish where there is room. Those that would overlap stand side by side around the middle of their wishes.
    private static void Spread(List<Place> layer, double[] wishes)
    {
        var groups = new List<(int First, int Count, double Sum)>();
        var offsets = new int[layer.Count];
        for (var i = 1; i < layer.Count; i++)
        {
            offsets[i] = offsets[i - 1] + Half(layer[i - 1]) + Gap + Half(layer[i]);
        }

        for (var i = 0; i < layer.Count; i++)
        {
            groups.Add((i, 1, wishes[i] - offsets[i]));
            while (groups.Count > 1 && groups[^1].Sum / groups[^1].Count < groups[^2].Sum / groups[^2].Count)
            {
                var (first, count, sum) = groups[^2];
                groups[^2] = (first, count + groups[^1].Count, sum + groups[^1].Sum);
                groups.RemoveAt(groups.Count - 1);
            }
        }

        foreach (var (first, count, sum) in groups)
        {
            var shift = (int)Math.Floor(sum / count);
            for (var i = first; i < first + count; i++)
            {
                layer[i].X = offsets[i] + shift;
            }
        }
    }

    private void PlaceDown()
    {
        var y = Margin;
        foreach (var layer in _layers)
        {
            var height = layer.Max(p => p.Height);
            foreach (var place in layer)
            {
                (place.Top, place.LayerBottom) = (y, y + height);
            }

            y += height + LayerGap;
        }

        Height = y - LayerGap + Margin;
    }

    private static int Half(Place place) => (place.Width + 1) / 2;

    /// <summary>Room in a layer for a box, a label, or a way that passes.</summary>
    internal sealed class Place(int layer, int width, int height)
    {
        internal int Layer => layer;

        internal int Width => width;

        internal int Height => height;

        /// <summary>Gets or sets its place in the layer, from the left.</summary>
        internal int Index { get; set; }

        /// <summary>Gets or sets its middle.</summary>
        internal int X { get; set; }

        internal int Top { get; set; }

        internal int LayerBottom { get; set; }

        internal int Left => X - (width / 2);

        internal List<Place> Above { get; } = [];

        internal List<Place> Below { get; } = [];
    }

    /// <summary>The places that a way goes through, from the upper box to the lower.</summary>
    internal sealed record Route(IReadOnlyList<Place> Places, Place? Label, bool IsUpwards);
}
