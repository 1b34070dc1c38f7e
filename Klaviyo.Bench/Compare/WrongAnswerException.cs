namespace Klaviyo.Bench.Compare;

/// <summary>A subject answered wrongly, so its times mean nothing.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
