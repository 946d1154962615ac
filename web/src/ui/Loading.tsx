import { makeStyles, Spinner, tokens } from "@fluentui/react-components";
import { messages } from "../messages/common";

const useStyles = makeStyles({ root: { padding: tokens.spacingVerticalXXXL, display: "flex", justifyContent: "center" } });

export function Loading() {
  return (
    <div className={useStyles().root} role="status">
      <Spinner label={messages.loading} />
    </div>
  );
}
