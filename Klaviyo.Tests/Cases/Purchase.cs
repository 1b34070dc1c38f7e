using System.Globalization;
using System.IO.Compression;
using System.Text;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Cases;

// One line of a data set, read without any of the product's code.
internal sealed record Purchase(int Line, string Customer, Instant Time, decimal Value, string Group)
{
    internal static List<Purchase> OnlineRetail()
    {
        using var zip = new GZipStream(File.OpenRead(SharedCases.Path("data", "online_retail.csv.gz")), CompressionMode.Decompress);
        using var text = new StreamReader(zip);
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");
        var purchases = new List<Purchase>();
        text.ReadLine();
        for (var line = 1; text.ReadLine() is { } row; line++)
        {
            // Only the description is ever quoted, and none spans lines.
            var cells = Cells(row);
            var local = DateTime.Parse(cells[4], CultureInfo.InvariantCulture);
            var time = new DateTimeOffset(local, zone.GetUtcOffset(local));
            var value = decimal.Parse(cells[3], CultureInfo.InvariantCulture) * decimal.Parse(cells[5], CultureInfo.InvariantCulture);
            purchases.Add(new Purchase(line, cells[6], time, value, cells[7]));
        }

        return purchases;
    }

    internal static List<Purchase> Cdnow()
    {
        return [.. File.ReadLines(SharedCases.Path("data", "CDNOW_sample.txt"))
            .Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select((cells, i) => new Purchase(
                i + 1,
                cells[0],
                new DateTimeOffset(DateTime.ParseExact(cells[2], "yyyyMMdd", CultureInfo.InvariantCulture), TimeSpan.Zero),
                decimal.Parse(cells[4], CultureInfo.InvariantCulture),
                cells[3]))];
    }

    private static List<string> Cells(string row)
    {
        var (cells, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        foreach (var c in row)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
            {
                cell.Append(c);
            }
        }

        cells.Add(cell.ToString());
        return cells;
    }
}
