#!/bin/sh
# Installs, on Debian, what the interop tests and the bench compare with: clients and servers that others wrote.
# Without a package, the tests that need it are skipped by name.
set -eu

packages='nats-server etcd-server zookeeper zookeeper-bin libzookeeper-java libzookeeper-mt-dev python3-kazoo default-jdk-headless strace gcc libc6-dev iproute2'

missing=''
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo 'all interop packages are installed'
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "run as root to install:$missing" >&2
  exit 1
fi
# Debian starts servers after installing them; the tests start their own.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d.interop
chmod +x /usr/sbin/policy-rc.d.interop
if [ ! -e /usr/sbin/policy-rc.d ]; then
  mv /usr/sbin/policy-rc.d.interop /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
else
  rm -f /usr/sbin/policy-rc.d.interop
fi
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
