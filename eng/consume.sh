#!/bin/bash
# Packs the libraries and uses them as a host would: restore from the packed folder, track, ask, and async LINQ, which an
# older transitive package once made ambiguous.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
host=$(mktemp -d)
trap 'rm -rf "$host"' EXIT
rm -f artifacts/*.nupkg artifacts/*.snupkg
dotnet pack Klaviyo.slnx -c Release -o artifacts
for package in Klaviyo.Core Klaviyo.Storage Klaviyo.Flows; do
  ls "artifacts/$package".*.nupkg "artifacts/$package".*.snupkg
done

cat > "$host/nuget.config" <<XML
<configuration>
  <config><add key="globalPackagesFolder" value="$host/packages" /></config>
  <packageSources><add key="packed" value="$root/artifacts" /></packageSources>
</configuration>
XML
cat > "$host/host.csproj" <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Klaviyo.Flows" Version="0.1.0" />
    <!-- Analyzers for attributes that are not used; not every package source has them. -->
    <PrunePackageReference Include="MessagePackAnalyzer" Version="3.1.12" />
  </ItemGroup>
</Project>
XML
cat > "$host/Program.cs" <<'CS'
using Klaviyo;

await using var platform = await CustomerPlatform.OpenAsync(args[0]);
await platform.TrackAsync("email:ada@example.com", "Placed Order", value: 120);
await foreach (var next in platform.SubscribeAsync().Where(e => e.Event.Value > 100).Take(1))
{
    Console.WriteLine($"{next.Event.Metric} {next.Event.Value}");
}
CS
dotnet run -c Release --project "$host/host.csproj" -- "$host/store" | tee "$host/out"
grep -q '^Placed Order 120$' "$host/out"
