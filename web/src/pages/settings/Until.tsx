import { Badge } from "@fluentui/react-components";
import { settings as said } from "../../messages/settings";

const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });
const full = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeStyle: "short" });

/** Until when something holds. */
export function Until({ at, now }: { at: string | undefined; now: number }) {
  if (at === undefined) return <>{said.noEnd}</>;
  const date = new Date(at);
  if (date.getTime() <= now) {
    return (
      <Badge appearance="tint" color="informative" title={full.format(date)}>
        {said.ended}
      </Badge>
    );
  }
  return (
    <time dateTime={at} title={full.format(date)}>
      {day.format(date)}
    </time>
  );
}
