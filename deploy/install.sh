#!/bin/sh
# Installs Aria from this checkout as a service: program, user, directories, unit. Run it again to upgrade; nothing that is there is lost.
set -eu

usage() {
  cat <<'HELP'
Example:
  sudo deploy/install.sh
  deploy/install.sh --root /tmp/aria-root

Installs Aria from this checkout, and starts it where systemd runs.

  --prefix DIR    where the program goes (default: /opt/aria)
  --user NAME     who runs it; made where it is missing (default: aria)
  --domain NAME   also write /etc/aria/Caddyfile, and allow the name in a new aria.toml
  --root DIR      install below DIR only: no user is made, nothing is started
  --link          let the prefix be a link to this checkout instead of a copy
  --no-start      install, and do not start
HELP
}

say() { printf '%s\n' "$*"; }
fail() {
  printf 'error: %s\n  remedy: %s\n' "$1" "$2" >&2
  exit "${3:-1}"
}
# Values end up in a unit, in links and in a configuration: nothing in them may mean something there.
plain() {
  case "$2" in
    '' | *[!A-Za-z0-9._/-]*) fail "$1 is \"$2\"" "Use letters, digits, \".\", \"_\", \"-\" and, in paths, \"/\"" 2 ;;
  esac
}

prefix=/opt/aria
user=aria
domain=
root=
link=no
start=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --prefix | --user | --domain | --root)
      [ $# -ge 2 ] || fail "$1 has no value" 'Run it with --help' 2
      [ "$1" = --root ] || plain "$1" "$2"
      case "$1" in
        --prefix) prefix=$2 ;;
        --user) user=$2 ;;
        --domain) domain=$2 ;;
        --root) root=$2 ;;
      esac
      shift 2
      ;;
    --link) link=yes && shift ;;
    --no-start) start=no && shift ;;
    -h | --help) usage && exit 0 ;;
    *) fail "\"$1\" is no option" 'Run it with --help' 2 ;;
  esac
done
case "$prefix" in /*/* | /[!/]*) ;; *) fail "--prefix is \"$prefix\"" 'Give an absolute path below /' 2 ;; esac
case "$user" in -* | */*) fail "--user is \"$user\"" 'Give the name of a user' 2 ;; esac
case "$domain" in -* | */*) fail "--domain is \"$domain\"" 'Give a name as aria.example.org' 2 ;; esac
if [ -n "$root" ]; then
  case "$root" in /*) ;; *) root=$PWD/$root ;; esac
fi

checkout=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
[ -f "$checkout/firmware/cli/bin.js" ] || fail "\"$checkout\" is no checkout of Aria" 'Run deploy/install.sh of a checkout'
[ -x "$checkout/node_modules/node/bin/node" ] ||
  fail 'the packages are not installed' "Run \"npm ci\" in \"$checkout\" first"
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail 'only root may install a service' 'Run it with sudo, or with --root DIR'

cd "$checkout"
target=$root$prefix
# What a running host needs; tests, benchmarks and the history stay behind.
install_program() {
  mkdir -p "$(dirname "$target")"
  if [ "$link" = yes ]; then
    [ ! -e "$target" ] || [ -L "$target" ] || fail "\"$target\" is there and no link" 'Remove it, or leave --link out'
    ln -sfn "$checkout" "$target"
    return
  fi
  rm -rf "$target.new"
  mkdir -m 0755 "$target.new"
  # Packages that only tests and builds need are listed in the lock file, by their whole paths: another version of the same may be needed elsewhere.
  "$checkout/node_modules/node/bin/node" -e '
    const { packages } = JSON.parse(require("fs").readFileSync("package-lock.json", "utf8"));
    for (const [path, { dev }] of Object.entries(packages)) if (dev) console.log(path);
    console.log("node_modules/.cache");
  ' >"$target.new/.left-out"
  native=
  [ ! -d host/native/out ] || native=host/native/out
  # shellcheck disable=SC2086 # nothing, or one word
  tar -cf - --anchored --no-wildcards --exclude-from="$target.new/.left-out" bin compiler deploy docs firmware guests host/*.ts host/engine \
    host/imports host/operations host/runner $native quilt-adapter terminal wit LICENSE README.md package.json package-lock.json \
    node_modules | tar -xf - -C "$target.new"
  rm "$target.new/.left-out"
  find "$target.new/node_modules/.bin" -xtype l -delete
  [ "$(id -u)" != 0 ] || chown -R root:root "$target.new"
  chmod -R u=rwX,go=rX "$target.new"
  # The old one stays until the new one is whole; a cut between the two moves is repaired by running this again.
  rm -rf "$target.old"
  if [ -e "$target" ] || [ -L "$target" ]; then mv "$target" "$target.old"; fi
  mv "$target.new" "$target"
  rm -rf "$target.old"
}

make_user() {
  [ -z "$root" ] || return 0
  id "$user" >/dev/null 2>&1 ||
    useradd --system --user-group --home-dir /var/lib/aria --no-create-home --shell /usr/sbin/nologin "$user"
}

make_directories() {
  mkdir -p "$root/etc/aria" "$root/etc/systemd/system" "$root/usr/local/bin" "$root/var/lib/aria/trust"
  chmod 0755 "$root/etc/aria"
  chmod 0700 "$root/var/lib/aria" "$root/var/lib/aria/trust"
  [ -n "$root" ] || chown "$user:$user" /var/lib/aria /var/lib/aria/trust
}

# Written aside and moved: nobody reads half a file, and one that is the same is not touched.
put() {
  cat >"$1.new"
  chmod 0644 "$1.new"
  if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1" && say "wrote $1"; fi
}

write_configuration() {
  if [ ! -e "$root/etc/aria/aria.toml" ]; then
    {
      say '# The settings of this host; every key is in docs/deploy.md. Secrets stand in files of their own.'
      [ -z "$domain" ] || printf '\n[web]\nhosts = ["%s"]\n' "$domain"
    } | put "$root/etc/aria/aria.toml"
  fi
  [ -z "$domain" ] || sed "s/{\$ARIA_DOMAIN:aria.example.org}/$domain/" "$checkout/deploy/Caddyfile" | put "$root/etc/aria/Caddyfile"
}

write_unit() {
  sed -e "s|@PREFIX@|$prefix|g" -e "s|@USER@|$user|g" "$checkout/deploy/aria.service" |
    put "$root/etc/systemd/system/aria.service"
  ln -sfn "$prefix/firmware/cli/bin.js" "$root/usr/local/bin/aria"
  ln -sfn "$prefix/compiler/cli/bin.js" "$root/usr/local/bin/arc"
}

start_service() {
  [ -z "$root" ] && [ "$start" = yes ] || return 0
  if [ ! -d /run/systemd/system ]; then
    say 'systemd does not run here; start the host with "aria up"'
    return 0
  fi
  systemctl daemon-reload
  systemctl enable aria.service
  # Waits until the host is ready, or says why it is not.
  systemctl restart aria.service || fail 'the service does not start' 'Read "journalctl -u aria -e" and run "aria doctor"'
}

install_program
make_user
make_directories
write_configuration
write_unit
start_service
say "installed $target"
say 'next: put the public key of your bundles into /var/lib/aria/trust, then "arc upload FILE --home /var/lib/aria"'
