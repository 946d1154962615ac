const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is an object ID of Entra. */
export const isObjectId = (text: string) => guid.test(text.trim());
