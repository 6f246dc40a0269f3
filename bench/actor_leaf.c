/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/* The program that bench's loads spawn: linked statically, and with a loader. */
int main(void)
{
	return 0;
}
