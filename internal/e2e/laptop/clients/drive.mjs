// Connects, lists, calls one tool, prints what came back as one JSON line, and
// takes leave.
export async function drive(client, transport, tool) {
  await client.connect(transport);
  const { tools } = await client.listTools();
  const reply = await client.callTool({ name: tool, arguments: {} });
  console.log(JSON.stringify({ tools: tools.map((t) => t.name), reply }));
  await transport.terminateSession?.();
  await client.close();
}
