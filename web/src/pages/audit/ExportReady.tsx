import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Link, makeStyles, Text, tokens } from "@fluentui/react-components";
import { Link as RouteLink } from "@tanstack/react-router";
import type { components } from "../../api/schema";
import { exports_ as said } from "../../messages/auditexports";
import { useFocusBack } from "../../ui/useFocusBack";

const useStyles = makeStyles({ link: { color: tokens.colorBrandForegroundLink }, content: { display: "grid", gap: tokens.spacingVerticalM } });

interface Props {
  made: components["schemas"]["LogExport"];
  toSink: boolean;
  slug: string;
  onClose: () => void;
}

/** The export is decided: where its content is, or who brings it where. */
export function ExportReady({ made, toSink, slug, onClose }: Props) {
  const styles = useStyles();
  useFocusBack();
  return (
    <Dialog
      open
      onOpenChange={(_, to) => {
        if (!to.open) onClose();
      }}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{toSink ? said.started : said.ready}</DialogTitle>
          <DialogContent className={styles.content}>
            {toSink && <Text>{said.startedText}</Text>}
            {toSink && (
              <RouteLink className={styles.link} to="/o/$org/audit/exports" params={{ org: slug }}>
                {said.title}
              </RouteLink>
            )}
            {!toSink && <Text>{made.to > made.from ? said.readyText(made.from, made.to) : said.noneYet}</Text>}
            {made.content && (
              <Link href={made.content} download>
                {said.again}
              </Link>
            )}
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={onClose}>
              {said.close}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
