namespace Klaviyo.Samples.Commands;

/// <summary>Prints what became of one write.</summary>
internal static class WriteAnswer
{
    internal static int Print(Call call, WriteResult result)
    {
        if (result.Rejection is { } rejection)
        {
            call.Host.Error.WriteLine(rejection);
            return 1;
        }

        call.Print.One(writer => AnswerJson.Write(writer, result));
        return 0;
    }
}
