using Recipes;

foreach (var (language, flow) in new[] { ("Klaviyo's JSON", CartReminder.InJson()), ("C#", CartReminder.InCSharp()) })
{
    Console.WriteLine($"The cart reminder in {language}:");
    await using var test = await CartStory.PlayAsync(flow);
    foreach (var line in CartStory.Tell(test))
    {
        Console.WriteLine($"  {line}");
    }
}
