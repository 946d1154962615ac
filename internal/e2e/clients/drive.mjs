// Connects, lists, calls one tool, and prints what came back as one JSON line.
export async function drive(client, transport, tool) {
  await client.connect(transport);
  const { tools } = await client.listTools();
  const reply = await client.callTool({ name: tool, arguments: {} });
  console.log(JSON.stringify({ tools: tools.map((t) => t.name), reply }));
  await client.close();
}
